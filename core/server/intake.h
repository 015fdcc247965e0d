// The way of events from this node into the feed and into the order: checks, stamps, waiting,
// answers.
//
// A local event is numbered and in the feed at once, and kept in the local log; who wants it
// committed is answered when it is durable there, within its time: else DeadlineExceeded.
//
// A global one waits here, first come first served, while the order takes nothing; it gets its
// local sequence when it is handed to the order, so that what is refused leaves no hole. Each waits
// and is answered within its own time:
//
//   at its deadline it is    primary component   answer             may still appear (`submitted`)
//   waiting                  no                  Unavailable        no
//   waiting                  yes                 DeadlineExceeded   no
//   with the order           no                  Unavailable        yes
//   with the order           yes                 DeadlineExceeded   yes
//
// When it would be handed over and nobody wants it (core/server/dispatch.h) it is answered instead,
// unless its publisher names a condition: what that comes to only the order can tell.
//
// What a client sends again while its first try is here joins that one, and is answered with it.
//
// The bus's own events (PublishInternal) wait in a queue of their own, and go before the clients'.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/base/ids.h"
#include "core/base/ticket_table.h"
#include "core/io/loop.h"
#include "core/io/socket.h"
#include "core/server/answer.h"
#include "core/server/dispatch.h"
#include "core/server/feed.h"
#include "core/server/local_log.h"
#include "core/server/options.h"
#include "core/server/order.h"
#include "core/server/rate_meter.h"
#include "core/server/repeats.h"
#include "proto/event.pb.h"
#include "proto/session.pb.h"

namespace peal::server {

struct PublishRequest {
  proto::Event* event = nullptr;  // The intake stamps it, and takes it when it has to wait.
  proto::Ack ack = proto::ACK_COMMITTED;
  std::chrono::milliseconds timeout{0};    // 0: the default of the options.
  std::optional<Sequence> expect_subject;  // SubmitOptions.
  ClientPublish client;                    // The same.
  const io::PeerCredentials* origin = nullptr;
};

// What an intake works with. All of it outlives the intake; order and local log must not call back
// any more once it is destroyed.
struct IntakePorts {
  io::Loop* loop = nullptr;
  Order* order = nullptr;
  Feed* feed = nullptr;
  LocalLog* local_log = nullptr;
  const ServerOptions* options = nullptr;
  Dispatch* dispatch = nullptr;
};

// Loop thread only.
class Intake {
 public:
  // What waits, of all sessions together. Beyond it: ResourceExhausted.
  static constexpr size_t kWaitingMax = 16'384;
  static constexpr size_t kWaitingBytesMax = size_t{64} << 20;
  // The bus's own events that wait. Beyond it the oldest is dropped, with a line in the log.
  static constexpr size_t kInternalMax = 4'096;
  static constexpr std::chrono::hours kTimeoutMax{24};

  // `on_local_event` is called after a local event is in the feed.
  Intake(const IntakePorts& ports, std::function<void()> on_local_event);

  // Calls `done` exactly once, maybe from within: for ACK_COMMITTED when the event is in the order,
  // or a local one durable; else when it is with the order, or shown. InvalidArgument,
  // ResourceExhausted, FailedPrecondition when the event's condition is not met, Unavailable when a
  // local one was shown and is not kept, and the table above.
  void Publish(const PublishRequest& request, AnswerCallback done);

  // For events of the daemon itself, also of types `peal.*`; its scope says which way it goes. A
  // global one that has an id appears once, however many daemons say it. One that breaks the rules
  // for events is dropped, with a line in the log.
  void PublishInternal(proto::Event event);

  // Calls `done` when this node has applied all that was committed before the call. Codes of the
  // table.
  void Barrier(std::chrono::milliseconds timeout, AnswerCallback done);

  // Orders a change of a durable subscription's place; calls `done` when it is applied here. Codes
  // of the table, and of Order::ChangeDurable().
  void ChangeDurable(const proto::CursorChange& change, std::chrono::milliseconds timeout,
                     AnswerCallback done);

  // Hands over what waits, as far as the order takes it.
  void OnOrderReady();

  // Refuses what waits and what comes from now on: Unavailable.
  void Stop();

  // Publishes and barriers that are with the order, or the local log, and not answered.
  size_t submitted_count() const { return submitted_.size(); }
  LocalSequence last_sequence() const { return last_sequence_; }
  // Events of this node, local and handed to the order.
  RateMeter& rate() { return rate_; }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Ticket = Id<struct TicketTag, uint64_t>;  // In the order of handing over.

  // Who waits for an answer, and to what.
  struct Pending {
    SubmitOptions options;
    proto::Ack ack = proto::ACK_COMMITTED;
    bool barrier = false;
    std::optional<proto::CursorChange> cursor;
    bool local = false;
    TimePoint deadline;
    AnswerCallback done;
    // Of an event that is submitted.
    LocalSequence sequence;
    std::string id;
  };
  struct Waiting {
    proto::Event event;  // Of a barrier, or a change of a cursor: empty.
    size_t bytes = 0;
    Pending pending;
  };

  absl::Status Admit(size_t bytes) const;
  bool MustWait() const;
  void Mark(Pending pending);
  void Wait(proto::Event event, Pending pending);
  void Drain();
  void HandOver(proto::Event* event, Pending pending);
  void HandOverMark(Pending pending);
  bool JoinsFirstTry(const PublishRequest& request, Answer* answer, AnswerCallback* done);
  static Answer AnswerFor(Pending* pending);
  void Finish(const Pending& pending, const Answer& answer);
  void OnOutcome(Ticket ticket, const Outcome& outcome);
  void PublishLocal(proto::Event event, Pending pending);
  void TakeLocal(proto::Event event, LocalLog::Callback kept);
  void OnKept(Ticket ticket, const absl::Status& status);
  std::string DefaultId(LocalSequence sequence) const;
  void PrepareStamps(const io::PeerCredentials& origin, proto::Event* event) const;
  void Number(proto::Event* event);
  void SubmitInternal(proto::Event event);

  TimePoint DeadlineAfter(std::chrono::milliseconds timeout) const;
  void ArmTimer(TimePoint deadline);
  void OnTimer();
  std::vector<Pending> TakeLateWaiting(TimePoint now);
  std::vector<Pending> TakeLateSubmitted(TimePoint now);
  absl::Status Lateness(const Pending& pending, bool submitted) const;

  io::Loop* const loop_;
  Order* const order_;
  Feed* const feed_;
  LocalLog* const local_log_;
  const ServerOptions* const options_;
  Dispatch* const dispatch_;
  const std::function<void()> on_local_event_;
  const io::PeerCredentials self_;

  LocalSequence last_sequence_;
  std::deque<Waiting> waiting_;
  size_t waiting_bytes_ = 0;
  // Bounded by the order's window and the deadlines.
  base::TicketTable<Ticket, Pending> submitted_;
  std::deque<proto::Event> internal_;
  Repeats repeats_;
  uint64_t internal_dropped_ = 0;  // Since internal_ was empty last.
  std::unique_ptr<io::Registration> timer_;
  TimePoint timer_at_ = TimePoint::max();
  bool stopped_ = false;
  RateMeter rate_;
};

}  // namespace peal::server
