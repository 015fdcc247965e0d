// A program's session with the daemon of its node. This is the one header to include.
//
//   auto client = peal::Client::Connect({.name = "my-app"});
//   auto subscription = (*client)->Subscribe({.types = {"node.*"}}, [](peal::Event event) { ... });
//   while ((*client)->Dispatch(std::chrono::seconds(1)).ok()) {}
//
// docs/clients.md tells what a program can rely on, durable subscriptions among it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "peal/event.h"
#include "peal/status.h"
#include "peal/types.h"

namespace peal {

enum class ConnectionState {
  kConnected,
  kAway,   // Gone; the client tries to connect again.
  kEnded,  // Gone for good.
};

struct ConnectOptions {
  std::string socket_path;  // Empty: PEAL_SOCKET of the environment, else /run/peal/peal.sock.
  std::string name;         // For `peal ls` and logs; at most 128 bytes are used.
  std::chrono::milliseconds timeout{10'000};
  // Told of each change after Connect() has returned, and why. May be null.
  std::function<void(ConnectionState, const Status& why)> on_connection;
};

// Not thread-safe: one thread at a time uses a client, and no thread works behind its back. Several
// clients do not disturb each other.
//
// Callbacks are called from within Dispatch(), and from the calls that wait, on the caller's
// thread. A callback must not throw, nor destroy the client. It may call everything but Dispatch(),
// Flush() and the calls that wait; those give kCondition then. What a call is given is copied or
// moved.
//
// A daemon may end and come back: the client connects again by itself, from within Dispatch().
// Meanwhile:
//  - What was published and has no answer is kept and sent again, and appears once; if there is
//    still none when its time is up it gets kUnreachable.
//  - Subscriptions go on where they were, with no gap and no duplicate, or with a `peal.gap` that
//    says what is lost. Only when one is durable and something that the program was given is not
//    confirmed by then, it goes on after what the cluster has as confirmed: that, and what was
//    confirmed shortly before, is delivered again.
//  - Other requests fail at once with kUnreachable, those under way too.
//
// When what is wrong will not pass (another version, no permission, a client too slow) the
// connection ends for good: every publish, request and subscription that there is gets its callback
// with that error, and every later call fails with it.
//
// Of a request with a callback: after ok, `done` is called exactly once, unless the client is
// destroyed before: with the answer, or kTimedOut when there was none in time. Timeouts are from
// 0 ms to a year.
class [[gnu::visibility("default")]] Client {
 public:
  // Connects and greets. kUnreachable when nobody answers within the timeout or what answers is no
  // peald; kNotPermitted by the socket's mode or the daemon's rules; kBusy when it has too many
  // clients; kInvalid for an impossible path; kCondition when the daemon speaks no version that
  // this client speaks.
  static Result<std::unique_ptr<Client>> Connect(const ConnectOptions& options);

  virtual ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // The daemon of the connection, or of the last one.
  virtual const DaemonInfo& daemon() const = 0;

  // For a poll of one's own: the descriptor and what to wait for (POLLIN, POLLOUT), and after how
  // long at the latest (-1 ms: no limit) Dispatch() has a deadline to look at. Then call
  // Dispatch(0ms). Ask before each wait: all three change. While the daemon is away the descriptor
  // is -1, which poll(2) passes over.
  virtual int fd() const = 0;
  virtual int16_t poll_events() const = 0;
  virtual std::chrono::milliseconds next_deadline() const = 0;

  // Waits at most `timeout` until there is something to do, does what is there to do at once,
  // bounded, and returns. Not ok when the connection has ended for good, with the reason.
  Status Dispatch(std::chrono::milliseconds timeout);
  // The same with at most so many callbacks; it does not wait when there were some left to call.
  // What is left makes next_deadline() 0, and is called before the end of the connection is told.
  virtual Status DispatchAtMost(std::chrono::milliseconds timeout, size_t callbacks_max) = 0;

  // Checks the event and queues it; what is queued is sent by Dispatch(). With Ack::kNone `done` is
  // never called. kInvalid when the event breaks a rule or limit; kBusy when the window is full, or
  // what is kept has 64 MiB: call Dispatch() and try again. kUnreachable with Ack::kNone while the
  // daemon is away.
  virtual Status Publish(const Event& event, const PublishOptions& options,
                         PublishCallback done) = 0;

  // Starts a subscription. `on_event` is called in the order of delivery; `done` with ok when the
  // daemon has it, else there is no subscription: kInvalid, kTrimmed (history is not there any
  // more), kNotPermitted, kTimedOut.
  virtual Result<SubscriptionId> SubscribeAsync(const SubscribeOptions& options,
                                                EventCallback on_event, StatusCallback done,
                                                std::chrono::milliseconds timeout) = 0;
  // With Confirm::kByProgram: all that the subscription's callback was given up to now, what it
  // holds just now included, is done with. Sent by Dispatch(), many as one; Flush() waits for that.
  // kNotFound: there is no such subscription.
  virtual Status Confirm(SubscriptionId subscription) = 0;
  // Its callbacks are not called any more. A durable one's place stays. kNotFound.
  virtual Status Unsubscribe(SubscriptionId subscription) = 0;
  // Forgets a durable subscription's place; who holds it ends with kNotFound. kNotFound: there is
  // none of this name.
  virtual Status RemoveDurableAsync(const std::string& name, StatusCallback done,
                                    std::chrono::milliseconds timeout) = 0;

  virtual Status GetStatusAsync(std::function<void(Result<DaemonStatus>)> done,
                                std::chrono::milliseconds timeout) = 0;
  virtual Status ListAsync(ListWhat what, std::function<void(Result<Listing>)> done,
                           std::chrono::milliseconds timeout) = 0;
  // Answered when this node has applied everything that was committed before the call, with what it
  // had applied then. kNoPrimary.
  virtual Status BarrierAsync(std::function<void(Result<uint64_t>)> done,
                              std::chrono::milliseconds timeout) = 0;
  // The operator's hand on who votes on the order; for who may administer. Answered when the change
  // is committed. `node` is a name of corosync's nodelist, empty with kBootstrap.
  // kNotPermitted; kNotFound: no such node; kAborted: it cannot be done as things are; kBusy:
  // another change waits at this node; kNoPrimary: without a primary component it was not done in
  // time.
  virtual Status ChangeVotersAsync(VoterChange change, const std::string& node, StatusCallback done,
                                   std::chrono::milliseconds timeout) = 0;

  // Waits until all that is queued has been handed to the kernel. kTimedOut.
  virtual Status Flush(std::chrono::milliseconds timeout) = 0;

  // The same requests, waited for: these dispatch until there is an answer.
  Result<SubscriptionId> Subscribe(const SubscribeOptions& options, EventCallback on_event,
                                   std::chrono::milliseconds timeout = std::chrono::seconds(10));
  Status RemoveDurable(const std::string& name, std::chrono::milliseconds timeout);
  Result<DaemonStatus> GetStatus(std::chrono::milliseconds timeout);
  Result<Listing> List(ListWhat what, std::chrono::milliseconds timeout);
  Result<uint64_t> Barrier(std::chrono::milliseconds timeout);
  Status ChangeVoters(VoterChange change, const std::string& node,
                      std::chrono::milliseconds timeout);

 protected:
  Client();

  // Not ok where a call may not wait: in a callback.
  virtual Status MayWait() const = 0;
};

}  // namespace peal
