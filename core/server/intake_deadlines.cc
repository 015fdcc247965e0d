// What waits in the intake, and what is with the order, is answered within its own time.
#include <algorithm>
#include <utility>

#include "core/server/intake.h"
#include "fmt/format.h"

namespace peal::server {

using std::chrono::milliseconds;

Intake::TimePoint Intake::DeadlineAfter(milliseconds timeout) const {
  const milliseconds wanted =
      timeout == milliseconds::zero() ? options_->publish_timeout_default : timeout;
  return loop_->Now() + std::min<milliseconds>(wanted, kTimeoutMax);
}

// The timer may ring for a deadline that is met: then there is nothing to do but to set it again.
void Intake::ArmTimer(TimePoint deadline) {
  if (deadline >= timer_at_) {
    return;
  }
  timer_at_ = deadline;
  const auto delay = std::chrono::ceil<milliseconds>(deadline - loop_->Now());
  timer_ = loop_->After(std::max(delay, milliseconds::zero()), [this] { OnTimer(); });
}

// It looks at all that is pending, so that being answered in time, as nearly all are, costs
// nothing.
void Intake::OnTimer() {
  timer_at_ = TimePoint::max();
  const TimePoint now = loop_->Now();
  for (const bool submitted : {false, true}) {
    for (Pending& pending : submitted ? TakeLateSubmitted(now) : TakeLateWaiting(now)) {
      Answer answer = AnswerFor(&pending);
      answer.status = Lateness(pending, submitted);
      answer.submitted = submitted;
      Finish(pending, answer);
    }
  }
}

std::vector<Intake::Pending> Intake::TakeLateWaiting(TimePoint now) {
  std::vector<Pending> late;
  std::deque<Waiting> in_time;
  TimePoint next = TimePoint::max();
  for (Waiting& waiting : waiting_) {
    if (waiting.pending.deadline <= now) {
      waiting_bytes_ -= waiting.bytes;
      late.push_back(std::move(waiting.pending));
    } else {
      next = std::min(next, waiting.pending.deadline);
      in_time.push_back(std::move(waiting));
    }
  }
  waiting_ = std::move(in_time);
  ArmTimer(next);
  return late;
}

std::vector<Intake::Pending> Intake::TakeLateSubmitted(TimePoint now) {
  std::vector<Ticket> tickets;
  TimePoint next = TimePoint::max();
  submitted_.ForEach([&](Ticket ticket, const Pending& pending) {
    if (pending.deadline <= now) {
      tickets.push_back(ticket);
    } else {
      next = std::min(next, pending.deadline);
    }
  });
  std::vector<Pending> late;
  late.reserve(tickets.size());
  for (const Ticket ticket : tickets) {
    late.push_back(*submitted_.Take(ticket));
  }
  ArmTimer(next);
  return late;
}

absl::Status Intake::Lateness(const Pending& pending, bool submitted) const {
  if (pending.local) {
    return absl::DeadlineExceededError(
        "the event was shown on this node; its local journal has not answered in time");
  }
  std::string why;
  const bool primary = order_->IsPrimary(&why);
  std::string text = !primary    ? fmt::format("no primary component: {}", why)
                     : submitted ? "not committed in time"
                                 : "not ordered in time, the order is busy";
  if (submitted && !pending.barrier) {
    text += pending.options.dedup
                ? "; the outcome is unknown, publishing again with the same id is safe"
                : "; the outcome is unknown, and without an id of the publisher's own "
                  "publishing again may give a second event";
  }
  return primary ? absl::DeadlineExceededError(text) : absl::UnavailableError(text);
}

}  // namespace peal::server
