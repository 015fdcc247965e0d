#include "core/server/intake.h"

#include <algorithm>

#include "core/base/check.h"
#include "core/base/event_codec.h"
#include "core/base/wall_clock.h"
#include "core/log.h"
#include "fmt/format.h"

namespace peal::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A publisher cannot stamp: what it wrote there, and fields that we do not know, do not travel on.
void ClearStamps(proto::Event* event) {
  event->DiscardUnknownFields();
  event->clear_sequence();
  event->clear_node();
  event->clear_incarnation();
  event->clear_knows();
  event->clear_originuid();
  event->clear_originpid();
  event->clear_originexe();
  event->clear_globalseq();
  event->clear_epoch();
}

absl::Status Stopping() {
  return absl::UnavailableError("the daemon is stopping");
}

}  // namespace

Intake::Intake(io::Loop* loop, Order* order, Feed* feed, const ServerOptions* options,
               std::function<void()> on_local_event)
    : loop_(loop),
      order_(order),
      feed_(feed),
      options_(options),
      on_local_event_(std::move(on_local_event)),
      self_(io::OwnCredentials()) {}

void Intake::Publish(PublishRequest request, AnswerCallback done) {
  Answer answer;
  answer.status =
      stopped_ ? Stopping() : base::ValidateForPublish(request.event, options_->data_bytes_max);
  if (!answer.status.ok()) {
    done(answer);
    return;
  }
  if (request.expect_subject &&
      (request.event.subject().empty() || request.event.scope() == proto::SCOPE_LOCAL)) {
    answer.status = absl::InvalidArgumentError(
        "a condition on the subject's last event needs a global event with a subject");
    done(answer);
    return;
  }
  const SubmitOptions options{!request.event.id().empty(), request.expect_subject};
  PrepareStamps(request.origin, &request.event);
  if (request.event.scope() == proto::SCOPE_LOCAL) {
    TakeLocal(std::move(request.event), &answer);
    done(answer);
    return;
  }
  const size_t bytes = request.event.ByteSizeLong();
  Wait({.event = std::move(request.event),
        .options = options,
        .ack = request.ack,
        .deadline = DeadlineAfter(request.timeout),
        .bytes = bytes,
        .answer = {},
        .done = std::move(done)});
}

void Intake::Barrier(milliseconds timeout, AnswerCallback done) {
  Wait({.event = std::nullopt,
        .options = {},
        .ack = proto::ACK_COMMITTED,
        .deadline = DeadlineAfter(timeout),
        .bytes = 0,
        .answer = {},
        .done = std::move(done)});
}

void Intake::PublishInternal(proto::Event event) {
  // What a producer observed, a name in the kernel say, can be what no event may hold.
  const absl::Status valid =
      base::ValidateForPublish(event, options_->data_bytes_max, /*from_bus=*/true);
  if (!valid.ok()) {
    log::Error("dropped an event of the daemon: {}", std::string(valid.message()));
    return;
  }
  PrepareStamps(self_, &event);
  if (event.scope() == proto::SCOPE_LOCAL) {
    Answer nobody_asks;
    TakeLocal(std::move(event), &nobody_asks);
    return;
  }
  if (internal_.size() >= kInternalMax) {
    if (internal_dropped_ == 0) {
      log::Warn("{} events of the daemon wait for the order; the oldest are dropped from here on",
                kInternalMax);
    }
    ++internal_dropped_;
    internal_.pop_front();
  }
  internal_.push_back(std::move(event));
  Drain();
}

absl::Status Intake::Admit(const Pending& pending) const {
  if (stopped_) {
    return Stopping();
  }
  if (waiting_.size() >= kWaitingMax || waiting_bytes_ + pending.bytes > kWaitingBytesMax) {
    return absl::ResourceExhaustedError(
        fmt::format("{} events with {} bytes wait for the order already; try again later",
                    waiting_.size(), waiting_bytes_));
  }
  return absl::OkStatus();
}

void Intake::Wait(Pending pending) {
  if (absl::Status status = Admit(pending); !status.ok()) {
    pending.answer.status = std::move(status);
    pending.done(pending.answer);
    return;
  }
  last_ticket_ = last_ticket_.Next();
  deadlines_.emplace(pending.deadline, last_ticket_);
  waiting_bytes_ += pending.bytes;
  waiting_.emplace(last_ticket_, std::move(pending));
  Drain();
  ArmTimer();
}

void Intake::OnOrderReady() {
  Drain();
}

void Intake::Drain() {
  while (!internal_.empty() && order_->CanSubmit()) {
    proto::Event event = std::move(internal_.front());
    internal_.pop_front();
    SubmitInternal(std::move(event));
  }
  if (internal_.empty() && internal_dropped_ > 0) {
    log::Warn("{} events of the daemon were dropped while it waited for the order",
              std::exchange(internal_dropped_, 0));
  }
  while (internal_.empty() && !waiting_.empty() && order_->CanSubmit()) {
    auto first = waiting_.extract(waiting_.begin());
    waiting_bytes_ -= first.mapped().bytes;
    if (first.mapped().event) {
      HandOver(first.key(), std::move(first.mapped()));
    } else {
      HandOverBarrier(first.key(), std::move(first.mapped()));
    }
  }
}

void Intake::HandOver(Ticket ticket, Pending pending) {
  proto::Event event = std::move(*pending.event);
  Number(&event);
  pending.answer.sequence = last_sequence_;
  pending.answer.id = event.id();
  if (pending.ack == proto::ACK_COMMITTED) {
    const SubmitOptions options = pending.options;
    submitted_.emplace(ticket, std::move(pending));
    order_->Submit(event, options,
                   [this, ticket](const Outcome& outcome) { OnOutcome(ticket, outcome); });
    return;
  }
  deadlines_.erase({pending.deadline, ticket});
  order_->Submit(event, pending.options, [](const Outcome&) {});
  pending.done(pending.answer);
}

void Intake::HandOverBarrier(Ticket ticket, Pending pending) {
  submitted_.emplace(ticket, std::move(pending));
  order_->Barrier([this, ticket](const Outcome& outcome) {
    Outcome applied = outcome;
    applied.sequence = order_->applied();
    OnOutcome(ticket, applied);
  });
}

void Intake::SubmitInternal(proto::Event event) {
  Number(&event);
  order_->Submit(event, {}, [](const Outcome&) {});
}

void Intake::OnOutcome(Ticket ticket, const Outcome& outcome) {
  auto found = submitted_.extract(ticket);
  if (found.empty()) {
    return;  // Answered at its deadline.
  }
  Pending pending = std::move(found.mapped());
  deadlines_.erase({pending.deadline, ticket});
  pending.answer.status = outcome.status;
  // Refused, it never appears.
  pending.answer.submitted = !outcome.status.ok() && !absl::IsFailedPrecondition(outcome.status);
  pending.answer.globalseq = outcome.sequence;
  pending.answer.epoch = outcome.epoch;
  pending.answer.duplicate = outcome.duplicate;
  pending.done(pending.answer);
}

void Intake::TakeLocal(proto::Event event, Answer* answer) {
  Number(&event);
  answer->sequence = last_sequence_;
  answer->id = event.id();
  std::string encoded = event.SerializeAsString();
  feed_->AppendLocal(std::move(*event.mutable_type()), std::move(encoded));
  on_local_event_();
}

// All stamps but those of the number, which an event that waits does not have yet.
void Intake::PrepareStamps(const io::PeerCredentials& origin, proto::Event* event) const {
  ClearStamps(event);
  if (event->source().empty()) {
    event->set_source(fmt::format("/{}", options_->node));
  }
  if (event->time_us() == 0) {
    event->set_time_us(base::UnixTimeUs());
  }
  event->set_node(options_->node);
  event->set_incarnation(options_->incarnation.value());
  event->set_knows(order_->applied().value());
  event->set_originuid(origin.uid);
  event->set_originpid(static_cast<uint32_t>(origin.pid));
  event->set_originexe(origin.exe);
}

void Intake::Number(proto::Event* event) {
  last_sequence_ = last_sequence_.Next();
  event->set_sequence(last_sequence_.value());
  if (event->id().empty()) {
    event->set_id(fmt::format("{}-{}-{}", options_->node, options_->incarnation.value(),
                              last_sequence_.value()));
  }
  rate_.Add(steady_clock::now(), 1);
}

Intake::TimePoint Intake::DeadlineAfter(milliseconds timeout) const {
  const milliseconds wanted =
      timeout == milliseconds::zero() ? options_->publish_timeout_default : timeout;
  return steady_clock::now() + std::min<milliseconds>(wanted, kTimeoutMax);
}

// The timer may ring for a deadline that is met: then there is nothing to do but to set it again.
void Intake::ArmTimer() {
  if (deadlines_.empty() || deadlines_.begin()->first >= timer_at_) {
    return;
  }
  timer_at_ = deadlines_.begin()->first;
  const auto delay = std::chrono::ceil<milliseconds>(timer_at_ - steady_clock::now());
  timer_ = loop_->After(std::max(delay, milliseconds::zero()), [this] { OnTimer(); });
}

void Intake::OnTimer() {
  timer_at_ = TimePoint::max();
  const TimePoint now = steady_clock::now();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const Ticket ticket = deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    Expire(ticket);
  }
  ArmTimer();
}

void Intake::Expire(Ticket ticket) {
  const bool is_waiting = waiting_.contains(ticket);
  auto found = is_waiting ? waiting_.extract(ticket) : submitted_.extract(ticket);
  PEAL_CHECK(!found.empty());
  Pending pending = std::move(found.mapped());
  if (is_waiting) {
    waiting_bytes_ -= pending.bytes;
  }
  pending.answer.status = Lateness(pending, !is_waiting);
  pending.answer.submitted = !is_waiting;
  pending.done(pending.answer);
}

absl::Status Intake::Lateness(const Pending& pending, bool submitted) const {
  std::string why;
  const bool primary = order_->IsPrimary(&why);
  std::string text = !primary    ? fmt::format("no primary component: {}", why)
                     : submitted ? "not committed in time"
                                 : "not ordered in time, the order is busy";
  if (submitted && pending.event) {
    text += pending.options.dedup
                ? "; the outcome is unknown, publishing again with the same id is safe"
                : "; the outcome is unknown, and without an id of the publisher's own "
                  "publishing again may give a second event";
  }
  return primary ? absl::DeadlineExceededError(text) : absl::UnavailableError(text);
}

void Intake::Stop() {
  stopped_ = true;
  std::map<Ticket, Pending> refused = std::move(waiting_);
  waiting_.clear();
  waiting_bytes_ = 0;
  for (auto& [ticket, pending] : refused) {
    deadlines_.erase({pending.deadline, ticket});
    pending.answer.status = Stopping();
    pending.done(pending.answer);
  }
}

}  // namespace peal::server
