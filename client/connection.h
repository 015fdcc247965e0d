// A session over the streams of a link, one after the other: SessionMachine with a descriptor, a
// clock and the callers' callbacks.
//
//   connected --the daemon goes--> away --retry--> greeting --> connected
//        |                          ^-----------------'
//        '-- anything else: ended, for good
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/backoff.h"
#include "client/link.h"
#include "client/session_machine.h"
#include "client/subscriptions.h"
#include "client/unix_socket.h"
#include "peal/client.h"

namespace peal::client {

// Not thread-safe.
class Connection final : public Client {
 public:
  using Clock = Link::Clock;

  // A daemon that has not greeted after this is given up for another try.
  static constexpr std::chrono::milliseconds kGreetingMax{5000};

  // Connects and greets, in the time of the options. Codes of Client::Connect().
  static Result<std::unique_ptr<Client>> Open(std::unique_ptr<Link> link,
                                              const ConnectOptions& options);

  // `fd`: what the link has connected. `session`: 16 random bytes.
  Connection(std::unique_ptr<Link> link, OwnedFd fd, const ConnectOptions& options,
             std::string_view session);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Waits for the daemon's greeting.
  Status Greet(Clock::time_point deadline);

  const DaemonInfo& daemon() const override { return machine_.daemon(); }
  int fd() const override { return fd_.get(); }
  int16_t poll_events() const override;
  std::chrono::milliseconds next_deadline() const override;
  Status DispatchAtMost(std::chrono::milliseconds timeout, size_t callbacks_max) override;

  Status Publish(const Event& event, const PublishOptions& options, PublishCallback done) override;
  Result<SubscriptionId> SubscribeAsync(const SubscribeOptions& options, EventCallback on_event,
                                        StatusCallback done,
                                        std::chrono::milliseconds timeout) override;
  Status Confirm(SubscriptionId subscription) override;
  Status Unsubscribe(SubscriptionId subscription) override;
  Status RemoveDurableAsync(const std::string& name, StatusCallback done,
                            std::chrono::milliseconds timeout) override;
  Status GetStatusAsync(std::function<void(Result<DaemonStatus>)> done,
                        std::chrono::milliseconds timeout) override;
  Status ListAsync(ListWhat what, std::function<void(Result<Listing>)> done,
                   std::chrono::milliseconds timeout) override;
  Status BarrierAsync(std::function<void(Result<uint64_t>)> done,
                      std::chrono::milliseconds timeout) override;
  Status ChangeVotersAsync(VoterChange change, const std::string& node, StatusCallback done,
                           std::chrono::milliseconds timeout) override;
  Status Flush(std::chrono::milliseconds timeout) override;

 protected:
  Status MayWait() const override;

 private:
  struct Waiting {
    Clock::time_point deadline;
    std::chrono::milliseconds timeout;
    PublishCallback done;
  };
  // A request, and who is told of the answer, or why there is none.
  struct Question {
    Clock::time_point deadline;
    std::chrono::milliseconds timeout;
    std::string_view what;  // For people; a literal.
    // Ours: the caller's callback within is called by Call().
    std::function<void(Result<Arrival>)> done;
  };
  using Ended = std::vector<std::pair<uint64_t, StatusCallback>>;

  std::chrono::milliseconds Until(Clock::time_point deadline) const;
  bool connected() const { return machine_.greeted() && fd_.get() >= 0; }
  // Questions are not kept for another connection.
  Status MayAsk() const;
  Status Wait(std::chrono::milliseconds timeout);
  Status Exchange(std::chrono::milliseconds timeout);
  // Whether there is more to read, or to hand out of what was read.
  Result<bool> Read();
  Status Write();

  Status TakeArrivals();
  void Take(Arrival arrival);
  void OnWelcomed();
  void OnPublished(const Published& published);
  void OnDelivered(const Delivered& delivered);
  Status OnSubscribed(uint64_t request, Result<Subscribed> answer);
  void OnSubscribedAgain(Subscribed subscribed);
  void OnSubscriptionEnd(const SubscriptionEnd& end);
  void OnAnswer(uint64_t request, Arrival arrival);

  bool MayComeBack(const Status& why) const;
  Status Leave(const Status& why);
  Status Retry();
  Status End(Status why);
  void PublishAllAgain();
  void SubscribeAgain();
  void SendConfirmations();
  void FailQuestions(const Status& why);
  void Settle();
  void TellEnded(const Ended& ended, const Status& why);
  void TellState(ConnectionState state, const Status& why);

  void Expire();
  void ExpirePublish(uint64_t request);
  PublishResult Expired(uint64_t request, std::chrono::milliseconds timeout);
  void ExpireQuestion(uint64_t request);

  void Ask(uint64_t request, std::string_view what, std::chrono::milliseconds timeout,
           std::function<void(Result<Arrival>)> done);

  // Calls a caller's callback, which may be null: now, or in another Dispatch when this one has
  // called enough.
  template <typename Callback, typename... Arguments>
  void Call(const Callback& callback, Arguments&&... arguments) {
    if (!callback) {
      return;
    }
    if (callbacks_left_ > 0 && untold_.empty()) {
      Run([&] { callback(std::forward<Arguments>(arguments)...); });
    } else {
      untold_.push_back([callback, ... kept = std::decay_t<Arguments>(arguments)]() mutable {
        callback(std::move(kept)...);
      });
    }
  }
  // A callback that throws would leave the session half-done: it ends the program instead.
  template <typename Function>
  void Run(const Function& function) noexcept {
    --callbacks_left_;
    in_callback_ = true;
    function();
    in_callback_ = false;
  }
  // The same callback, called by Call().
  template <typename... Arguments>
  std::function<void(Arguments...)> Called(std::function<void(Arguments...)> callback) {
    return [this, callback = std::move(callback)](Arguments... arguments) {
      Call(callback, std::forward<Arguments>(arguments)...);
    };
  }
  void TellUntold();

  const std::unique_ptr<Link> link_;
  OwnedFd fd_;
  const ConnectOptions options_;
  SessionMachine machine_;
  Status ended_;
  bool greeted_once_ = false;
  // Why there was no connection, since the last answer over one.
  Status away_;
  // What was told last.
  ConnectionState state_ = ConnectionState::kConnected;
  // Away: when to try again. Greeting again: when to give it up. Else not set.
  std::optional<Clock::time_point> retry_at_;
  Backoff retry_backoff_;  // Until there is an answer.
  // When to ask again for subscriptions that the daemon did not take.
  std::optional<Clock::time_point> subscribe_at_;
  Backoff subscribe_backoff_;
  bool in_callback_ = false;
  // How many the Dispatch that runs may call yet.
  size_t callbacks_left_ = 0;
  // What has happened while none was left, in its order. At most one for each request, publish and
  // subscription that there was, and a few of the connection's.
  std::deque<std::function<void()>> untold_;
  // None was left, and in what was read there may be more.
  bool arrivals_wait_ = false;

  std::map<uint64_t, Waiting> publishes_;
  std::map<uint64_t, Question> questions_;
  // The same publishes and questions by when they end, since each has a timeout of its own.
  std::set<std::pair<Clock::time_point, uint64_t>> deadlines_;
  Subscriptions subscriptions_;
};

}  // namespace peal::client
