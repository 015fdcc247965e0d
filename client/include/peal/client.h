// A program's session with the daemon of its node.
//
//   auto client = peal::Client::Connect({.socket_path = "/run/peal/peal.sock", .name = "my-app"});
//   auto subscription = (*client)->Subscribe({.types = {"node.*"}}, [](peal::Event event) { ... });
//   while ((*client)->Dispatch(std::chrono::seconds(1)).ok()) {}
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "peal/error.h"
#include "peal/types.h"

namespace peal {

struct ConnectOptions {
  std::string socket_path;
  std::string name;  // For `peal ls` and logs; at most 128 bytes are used.
  std::chrono::milliseconds timeout{10'000};
};

// Not thread-safe. Callbacks are called from within Dispatch() and from the calls that wait (those
// with a `timeout`, and Flush), on the caller's thread. A callback must not throw, may call
// Publish(), and must not call what waits nor destroy the client.
//
// A daemon may end and come back: the client connects again by itself, from within Dispatch(). What
// was published and has no answer is kept meanwhile and sent again, and appears once; when its time
// is up before there is an answer it gets kUnavailable (KindOf() tells kUnreachable). What waits
// fails at once while the daemon is away.
//
// A connection with subscriptions ends for good with the daemon, as it does when what is wrong will
// not pass: then every publish that waits gets its callback with that error, and every later call
// fails with it.
class Client {
 public:
  // Connects and greets. kUnavailable (kUnreachable) when nobody answers within the timeout or what
  // answers is not a peald; kPermissionDenied by the socket's mode; kInvalidArgument for an
  // impossible path; kFailedPrecondition when the daemon speaks no version that this client speaks.
  static absl::StatusOr<std::unique_ptr<Client>> Connect(const ConnectOptions& options);

  virtual ~Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  virtual const DaemonInfo& daemon() const = 0;

  // For a poll of one's own: the descriptor and what to wait for (POLLIN, POLLOUT), and after how
  // long at the latest (-1: no limit) Dispatch() has a deadline to look at. Then call
  // Dispatch(0ms). While the daemon is away the descriptor is -1, which poll(2) passes over.
  virtual int fd() const = 0;
  virtual int16_t poll_events() const = 0;
  virtual std::chrono::milliseconds next_deadline() const = 0;

  // Waits at most `timeout` until there is something to do, does what is there to do at once,
  // bounded, and returns. kUnavailable when the connection has ended for good, or the daemon's
  // reason for ending it.
  virtual absl::Status Dispatch(std::chrono::milliseconds timeout) = 0;

  // Checks the event and queues it; what is queued is sent by Dispatch(). After Ok `done` is called
  // exactly once, unless the client is destroyed before; with Ack::kNone never. kInvalidArgument
  // when the event breaks a rule or limit; kResourceExhausted when the window is full, or what is
  // kept has 64 MiB: call Dispatch() and try again. kUnavailable with Ack::kNone while the daemon
  // is away.
  virtual absl::Status Publish(const Event& event, const PublishOptions& options,
                               PublishCallback done) = 0;

  // Starts a subscription and waits for the daemon's word. kInvalidArgument, kOutOfRange (history
  // is trimmed), kPermissionDenied, kDeadlineExceeded. `on_event` is called in the order of
  // delivery.
  virtual absl::StatusOr<SubscriptionId> Subscribe(
      const SubscribeOptions& options, EventCallback on_event,
      std::chrono::milliseconds timeout = std::chrono::seconds(10)) = 0;
  // Its callback is not called any more.
  virtual absl::Status Unsubscribe(SubscriptionId subscription) = 0;

  // These wait. kDeadlineExceeded when there was no answer in time.
  virtual absl::StatusOr<DaemonStatus> Status(std::chrono::milliseconds timeout) = 0;
  virtual absl::StatusOr<Listing> List(ListWhat what, std::chrono::milliseconds timeout) = 0;
  // Returns when this node has applied everything that was committed before the call: what it had
  // applied then. kUnavailable without a primary component.
  virtual absl::StatusOr<uint64_t> Barrier(std::chrono::milliseconds timeout) = 0;
  // The operator's hand on who votes on the order; for root and the daemon's own user. Returns when
  // the change is committed. `node` is a name of corosync's nodelist, empty with kBootstrap.
  // kPermissionDenied; kNotFound: no such node; kAborted: it cannot be done as things are;
  // kResourceExhausted: another change waits at this node; kUnavailable: without a primary
  // component it was not done in time.
  virtual absl::Status ChangeVoters(VoterChange change, const std::string& node,
                                    std::chrono::milliseconds timeout) = 0;
  // Waits until all that is queued has been handed to the kernel.
  virtual absl::Status Flush(std::chrono::milliseconds timeout) = 0;

 protected:
  Client() = default;
};

}  // namespace peal
