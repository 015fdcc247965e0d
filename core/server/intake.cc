#include "core/server/intake.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/base/event_codec.h"
#include "core/log.h"
#include "fmt/format.h"

namespace peal::server {
namespace {

using std::chrono::milliseconds;

template <typename Message>
bool HasUnknown(const Message& message) {
  return !message.GetReflection()->GetUnknownFields(message).empty();
}

// DiscardUnknownFields() alone looks at every field by reflection, for every event.
bool HasUnknownFields(const proto::Event& event) {
  return HasUnknown(event) || std::any_of(event.attributes().begin(), event.attributes().end(),
                                          [](const proto::Attribute& attribute) {
                                            return HasUnknown(attribute) ||
                                                   HasUnknown(attribute.value());
                                          });
}

// A publisher cannot stamp: what it wrote there, and fields that we do not know, do not travel on.
void ClearStamps(proto::Event* event) {
  if (HasUnknownFields(*event)) {
    event->DiscardUnknownFields();
  }
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

// Of a local event that its client asks about again.
absl::Status NotKept() {
  return absl::UnavailableError(
      "the event was shown on this node, and is not known to be kept in its local journal");
}

absl::Status Stopping() {
  return absl::UnavailableError("the daemon is stopping");
}

}  // namespace

Intake::Intake(const IntakePorts& ports, std::function<void()> on_local_event)
    : loop_(ports.loop),
      order_(ports.order),
      feed_(ports.feed),
      local_log_(ports.local_log),
      options_(ports.options),
      dispatch_(ports.dispatch),
      on_local_event_(std::move(on_local_event)),
      self_(io::OwnCredentials()) {}

void Intake::Publish(const PublishRequest& request, AnswerCallback done) {
  proto::Event* const event = request.event;
  Answer answer;
  answer.status =
      stopped_ ? Stopping() : base::ValidateForPublish(*event, options_->data_bytes_max);
  answer.stopping = stopped_;
  if (!answer.status.ok()) {
    done(answer);
    return;
  }
  if (request.expect_subject &&
      (event->subject().empty() || event->scope() == proto::SCOPE_LOCAL)) {
    answer.status = absl::InvalidArgumentError(
        "a condition on the subject's last event needs a global event with a subject");
    done(answer);
    return;
  }
  if (request.client.numbered() && JoinsFirstTry(request, &answer, &done)) {
    return;
  }
  const SubmitOptions options{!event->id().empty(), request.expect_subject, request.client};
  PrepareStamps(*request.origin, event);
  Pending pending{.options = options,
                  .ack = request.ack,
                  .local = event->scope() == proto::SCOPE_LOCAL,
                  .deadline = DeadlineAfter(request.timeout),
                  .done = std::move(done)};
  if (pending.local) {
    PublishLocal(std::move(*event), std::move(pending));
  } else if (MustWait()) {
    Wait(std::move(*event), std::move(pending));
  } else {
    HandOver(event, std::move(pending));
  }
}

// Whether there is a first try, and this one is answered, or will be, with that.
bool Intake::JoinsFirstTry(const PublishRequest& request, Answer* answer, AnswerCallback* done) {
  const Repeats::Found found = repeats_.Arrive(request.client);
  if (found.kind == Repeats::Kind::kInHand) {
    repeats_.Join(request.client, std::move(*done));
  } else if (found.kind == Repeats::Kind::kAnswered) {
    answer->status = found.kept ? absl::OkStatus() : NotKept();
    answer->submitted = !found.kept;
    answer->sequence = found.sequence;
    answer->id = request.event->id().empty() ? DefaultId(found.sequence) : request.event->id();
    (*done)(*answer);
  }
  return found.kind != Repeats::Kind::kNew;
}

void Intake::Barrier(milliseconds timeout, AnswerCallback done) {
  Mark({.barrier = true, .deadline = DeadlineAfter(timeout), .done = std::move(done)});
}

void Intake::ChangeDurable(const proto::CursorChange& change, milliseconds timeout,
                           AnswerCallback done) {
  Mark({.cursor = change, .deadline = DeadlineAfter(timeout), .done = std::move(done)});
}

void Intake::Mark(Pending pending) {
  if (MustWait()) {
    Wait({}, std::move(pending));
  } else {
    HandOverMark(std::move(pending));
  }
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
    Number(&event);
    TakeLocal(std::move(event), nullptr);
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

absl::Status Intake::Admit(size_t bytes) const {
  if (stopped_) {
    return Stopping();
  }
  if (waiting_.size() >= kWaitingMax || waiting_bytes_ + bytes > kWaitingBytesMax) {
    return absl::ResourceExhaustedError(
        fmt::format("{} events with {} bytes wait for the order already; try again later",
                    waiting_.size(), waiting_bytes_));
  }
  return absl::OkStatus();
}

// First come, first served, and the bus's own first of all.
bool Intake::MustWait() const {
  return stopped_ || !internal_.empty() || !waiting_.empty() || !order_->CanSubmit();
}

void Intake::Wait(proto::Event event, Pending pending) {
  const size_t bytes = event.ByteSizeLong();
  if (absl::Status status = Admit(bytes); !status.ok()) {
    Answer answer;
    answer.status = std::move(status);
    answer.stopping = stopped_;
    Finish(pending, answer);
    return;
  }
  const TimePoint deadline = pending.deadline;
  waiting_bytes_ += bytes;
  waiting_.push_back({std::move(event), bytes, std::move(pending)});
  Drain();
  ArmTimer(deadline);
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
    Waiting first = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= first.bytes;
    if (first.pending.barrier || first.pending.cursor) {
      HandOverMark(std::move(first.pending));
    } else {
      HandOver(&first.event, std::move(first.pending));
    }
  }
}

void Intake::HandOver(proto::Event* event, Pending pending) {
  if (!pending.options.expect_subject && !dispatch_->Wants(event->type())) {
    Answer answer;
    answer.id = event->id();
    answer.unasked = true;
    Finish(pending, answer);
    return;
  }
  Number(event);
  pending.sequence = last_sequence_;
  pending.id = event->id();
  const SubmitOptions options = pending.options;
  if (pending.ack == proto::ACK_COMMITTED) {
    ArmTimer(pending.deadline);
    const Ticket ticket = submitted_.Add(std::move(pending));
    order_->Submit(*event, options,
                   [this, ticket](const Outcome& outcome) { OnOutcome(ticket, outcome); });
    return;
  }
  order_->Submit(*event, options, [](const Outcome&) {});
  const Answer answer = AnswerFor(&pending);
  Finish(pending, answer);
}

void Intake::HandOverMark(Pending pending) {
  ArmTimer(pending.deadline);
  const std::optional<proto::CursorChange> cursor = std::move(pending.cursor);
  const Ticket ticket = submitted_.Add(std::move(pending));
  const auto done = [this, ticket](const Outcome& outcome) {
    Outcome applied = outcome;
    applied.sequence = order_->applied();
    OnOutcome(ticket, applied);
  };
  if (cursor) {
    order_->ChangeDurable(*cursor, done);
  } else {
    order_->Barrier(done);
  }
}

// With the stamps that are known.
Answer Intake::AnswerFor(Pending* pending) {
  Answer answer;
  answer.sequence = pending->sequence;
  answer.id = std::move(pending->id);
  return answer;
}

// Everybody who waits for it hears it.
void Intake::Finish(const Pending& pending, const Answer& answer) {
  pending.done(answer);
  const ClientPublish& client = pending.options.client;
  if (!client.numbered()) {
    return;
  }
  // A local event that was shown is not to be shown again.
  const bool shown = pending.local && pending.sequence != LocalSequence(0);
  for (const AnswerCallback& joined :
       shown ? repeats_.AnsweredLocal(client, pending.sequence, answer.status.ok())
             : repeats_.TakeJoined(client)) {
    joined(answer);
  }
}

void Intake::SubmitInternal(proto::Event event) {
  if (!dispatch_->Wants(event.type())) {
    return;
  }
  // One with an id is the same whichever daemon says it.
  const SubmitOptions options{.dedup = !event.id().empty()};
  Number(&event);
  order_->Submit(event, options, [](const Outcome&) {});
}

void Intake::OnOutcome(Ticket ticket, const Outcome& outcome) {
  std::optional<Pending> pending = submitted_.Take(ticket);
  if (!pending) {
    return;  // Answered at its deadline.
  }
  Answer answer = AnswerFor(&*pending);
  answer.status = outcome.status;
  // Refused, it never appears.
  answer.submitted = !outcome.status.ok() && !absl::IsFailedPrecondition(outcome.status);
  answer.globalseq = outcome.sequence;
  answer.epoch = outcome.epoch;
  answer.duplicate = outcome.duplicate;
  if (outcome.repeated) {
    // The stamps of this try are nobody's.
    proto::Event first;
    answer.sequence = LocalSequence(0);
    answer.id.clear();
    if (first.ParseFromString(outcome.first_try)) {
      answer.sequence = LocalSequence(first.sequence());
      answer.id = first.id();
      answer.node = first.node();
    }
  }
  Finish(*pending, answer);
}

void Intake::PublishLocal(proto::Event event, Pending pending) {
  if (absl::Status admitted = local_log_->Admit(); !admitted.ok()) {
    Answer answer;
    answer.status = std::move(admitted);
    Finish(pending, answer);
    return;
  }
  Number(&event);
  pending.sequence = last_sequence_;
  pending.id = event.id();
  if (pending.ack == proto::ACK_COMMITTED) {
    ArmTimer(pending.deadline);
    const Ticket ticket = submitted_.Add(std::move(pending));
    TakeLocal(std::move(event),
              [this, ticket](const absl::Status& status) { OnKept(ticket, status); });
    return;
  }
  TakeLocal(std::move(event), nullptr);
  const Answer answer = AnswerFor(&pending);
  Finish(pending, answer);
}

// Shows a numbered event.
void Intake::TakeLocal(proto::Event event, LocalLog::Callback kept) {
  std::string encoded = event.SerializeAsString();
  const LocalPlace place{feed_->last_local().Next(), feed_->last_global()};
  feed_->AppendLocal(std::move(*event.mutable_type()), encoded);
  local_log_->Append({place, std::move(encoded)}, std::move(kept));
  on_local_event_();
}

void Intake::OnKept(Ticket ticket, const absl::Status& status) {
  std::optional<Pending> pending = submitted_.Take(ticket);
  if (!pending) {
    return;  // Answered at its deadline.
  }
  Answer answer = AnswerFor(&*pending);
  answer.status = status;
  answer.submitted = !status.ok();
  Finish(*pending, answer);
}

// All stamps but those of the number, which an event that waits does not have yet.
void Intake::PrepareStamps(const io::PeerCredentials& origin, proto::Event* event) const {
  ClearStamps(event);
  if (event->source().empty()) {
    event->set_source(fmt::format("/{}", options_->node));
  }
  if (event->time_us() == 0) {
    event->set_time_us(options_->now_us());
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
    event->set_id(DefaultId(last_sequence_));
  }
  rate_.Add(loop_->Now(), 1);
}

std::string Intake::DefaultId(LocalSequence sequence) const {
  return fmt::format("{}-{}-{}", options_->node, options_->incarnation.value(), sequence.value());
}

void Intake::Stop() {
  stopped_ = true;
  const std::deque<Waiting> refused = std::exchange(waiting_, {});
  waiting_bytes_ = 0;
  Answer answer;
  answer.status = Stopping();
  answer.stopping = true;
  for (const Waiting& waiting : refused) {
    Finish(waiting.pending, answer);
  }
}

}  // namespace peal::server
