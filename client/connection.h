// A session over unix sockets, one after the other: SessionMachine with a descriptor, a clock and
// the callers' callbacks.
//
//   connected --the daemon goes, and nothing is subscribed--> away --retry--> greeting -->
//   connected
//        |                                                      ^---------------'
//        '-- anything else: ended, for good
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "client/session_machine.h"
#include "client/unix_socket.h"
#include "peal/client.h"

namespace peal::client {

// Not thread-safe.
class Connection final : public Client {
 public:
  using Clock = std::chrono::steady_clock;

  // How long until the next try to connect again; it doubles with each until there is an answer.
  static constexpr std::chrono::milliseconds kRetryMin{10};
  static constexpr std::chrono::milliseconds kRetryMax{1000};
  // A daemon that has not greeted after this is given up for another try.
  static constexpr std::chrono::milliseconds kGreetingMax{5000};

  // `session`: 16 random bytes.
  Connection(OwnedFd fd, const ConnectOptions& options, std::string_view session);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Waits for the daemon's greeting.
  absl::Status Greet(Clock::time_point deadline);

  const DaemonInfo& daemon() const override { return machine_.daemon(); }
  int fd() const override { return fd_.get(); }
  int16_t poll_events() const override;
  std::chrono::milliseconds next_deadline() const override;
  absl::Status Dispatch(std::chrono::milliseconds timeout) override;

  absl::Status Publish(const Event& event, const PublishOptions& options,
                       PublishCallback done) override;
  absl::StatusOr<SubscriptionId> Subscribe(const SubscribeOptions& options, EventCallback on_event,
                                           std::chrono::milliseconds timeout) override;
  absl::Status Unsubscribe(SubscriptionId subscription) override;
  absl::StatusOr<DaemonStatus> Status(std::chrono::milliseconds timeout) override;
  absl::StatusOr<Listing> List(ListWhat what, std::chrono::milliseconds timeout) override;
  absl::StatusOr<uint64_t> Barrier(std::chrono::milliseconds timeout) override;
  absl::Status ChangeVoters(VoterChange change, const std::string& node,
                            std::chrono::milliseconds timeout) override;
  absl::Status Flush(std::chrono::milliseconds timeout) override;

 private:
  struct Waiting {
    Clock::time_point deadline;
    std::chrono::milliseconds timeout;
    PublishCallback done;
  };

  bool connected() const { return machine_.greeted() && fd_.get() >= 0; }
  absl::Status ReadyToWait() const;
  absl::Status ReadyToAsk() const;
  absl::Status Wait(std::chrono::milliseconds timeout);
  absl::Status Exchange(std::chrono::milliseconds timeout);
  absl::Status Read();
  absl::Status Write();
  absl::Status TakeArrivals();
  void Take(Arrival arrival);
  void TakePublished(const Published& published);
  void ExpirePublishes();
  PublishResult Expired(uint64_t request, std::chrono::milliseconds timeout);
  bool MayComeBack(const absl::Status& why) const;
  absl::Status Leave(const absl::Status& why);
  absl::Status Retry();
  void PublishAllAgain();
  absl::Status End(absl::Status why);

  // Dispatches until the answer to `request`, of type `Answer`, is there.
  template <typename Answer>
  absl::StatusOr<Answer> Await(uint64_t request, std::chrono::milliseconds timeout,
                               std::string_view what);

  OwnedFd fd_;
  const std::string socket_path_;
  SessionMachine machine_;
  absl::Status ended_;
  bool greeted_once_ = false;
  // Why there was no connection, since the last answer over one.
  absl::Status away_;
  // Away: when to try again. Greeting again: when to give it up. Else not set.
  std::optional<Clock::time_point> retry_at_;
  std::chrono::milliseconds retry_delay_ = kRetryMin;
  bool in_callback_ = false;

  std::map<uint64_t, Waiting> publishes_;
  // The same publishes by when they end, since each has a timeout of its own.
  std::set<std::pair<Clock::time_point, uint64_t>> deadlines_;
  std::map<uint64_t, EventCallback> subscriptions_;
  // The one request that a call waits for (0: none), and its answer.
  uint64_t awaited_ = 0;
  std::optional<Arrival> answer_;
};

}  // namespace peal::client
