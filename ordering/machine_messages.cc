// The machine's messages: making them, and deciding which of those that arrive count.
#include <fmt/format.h>

#include <utility>

#include "core/base/check.h"
#include "ordering/machine.h"

namespace peal::ordering {
namespace {

constexpr uint32_t kVersion = 1;

}  // namespace

proto::Envelope Machine::NewEnvelope() const {
  proto::Envelope envelope;
  envelope.set_version(kVersion);
  envelope.set_cluster(nodelist_.cluster);
  envelope.set_incarnation(options_.incarnation.value());
  envelope.set_view(view_digest_);
  envelope.set_round(exchange_.round());
  envelope.set_epoch(epoch_open_ ? epoch_.value() : 0);
  envelope.set_processed(log_.end_index().value());
  envelope.set_applied(applied_.sequence().value());
  return envelope;
}

void Machine::Send(proto::Envelope envelope, std::string_view batch) {
  envelope.set_seq(++seq_);
  silent_ticks_ = 0;
  // Any message can carry the news of the journal.
  if (HasAckNews()) {
    acked_ = Acknowledgeable();
    const std::optional<Chain> chain = log_.ChainAt(acked_);
    PEAL_CHECK(chain.has_value());
    *envelope.mutable_ack() = ToProto(Position{acked_, *chain});
  }
  Multicast message{envelope.SerializeAsString()};
  if (!batch.empty()) {
    AppendBatchBody(batch, &message.bytes);
  }
  Emit(std::move(message));
}

Index Machine::Acknowledgeable() const {
  return options_.rules.sync_before_ack ? durability_.index() : log_.end_index();
}

bool Machine::HasAckNews() const {
  const Index durable = Acknowledgeable();
  // What is committed already needs no ack of this node.
  return epoch_open_ && !catch_up_.active() && !out_of_step_ && durable > acked_ &&
         (durable >= epoch_index_ || !options_.rules.own_epoch) &&
         durable >= log_.anchor().position.index;
}

void Machine::SendAckIfNews() {
  // At most one ack alone is on its way.
  if (!HasAckNews() || ack_seq_ > seq_delivered_) {
    return;
  }
  // A batch that waits anyway takes the ack along.
  const Index before = acked_;
  PumpOutbox();
  if (acked_ != before) {
    return;
  }
  proto::Envelope envelope = NewEnvelope();
  envelope.mutable_ack_only();
  Send(std::move(envelope));
  ack_seq_ = seq_;
}

void Machine::On(const Received& input) {
  proto::Envelope envelope;
  if (!envelope.ParseFromArray(input.bytes.data(), static_cast<int>(input.bytes.size()))) {
    Note(fmt::format("ignored {} bytes from node {} that are no message of ours",
                     input.bytes.size(), input.sender.node.value()));
    return;
  }
  if (!Admissible(input, envelope)) {
    return;
  }
  TakeHeader(input.sender.node, envelope);
  Dispatch(input.sender.node, &envelope);
}

bool Machine::Admissible(const Received& input, const proto::Envelope& envelope) {
  if (envelope.version() != kVersion || envelope.cluster() != nodelist_.cluster) {
    Note(fmt::format(
        "ignored a message of node {}: protocol version {}, cluster '{}'; here {}, '{}'",
        input.sender.node.value(), envelope.version(), envelope.cluster(), kVersion,
        nodelist_.cluster));
    return false;
  }
  if (IsOwn(input, envelope) && envelope.seq() > seq_delivered_) {
    seq_delivered_ = envelope.seq();
    echo_ticks_ = 0;
  }
  if (phase_ == Phase::kDetached) {
    return false;
  }
  // A message sent in one view can be delivered in a later one (corosync.md 2.5): it does not
  // count.
  return view_members_.contains(input.sender.node) &&
         (envelope.view() == view_digest_ || !options_.rules.view);
}

// A process id can be used again: what the process before left behind is not this one's.
bool Machine::IsOwn(const Received& input, const proto::Envelope& envelope) const {
  return input.sender == self_ && Incarnation(envelope.incarnation()) == options_.incarnation;
}

void Machine::TakeHeader(NodeId sender, const proto::Envelope& envelope) {
  if (!streams_.Take(sender, envelope.seq()) && options_.rules.stream) {
    standing_.Lose();
    OutOfStep(fmt::format("messages of node {} are missing", sender.value()));
  }
  round_seen_ = std::max(round_seen_, envelope.round());
  members_applied_[sender] = std::max(members_applied_[sender], Sequence(envelope.applied()));
  SendInterestIfDue();
  if (!OfOpenEpoch(envelope)) {
    return;
  }
  if (sender == self_.node) {
    // The echo rule: it came back before any new view or round, so what was processed when it was
    // made was delivered regularly. A joiner's log is not the group's yet.
    if (!catch_up_.active()) {
      echoed_ = std::max(echoed_, std::min(Index(envelope.processed()), log_.end_index()));
    }
  }
  if (envelope.has_ack()) {
    acks_.Take(sender, FromProto(envelope.ack()));
    Evaluate();
  }
  if (sender == self_.node) {
    SendAckIfNews();
  }
}

void Machine::Dispatch(NodeId sender, proto::Envelope* message) {
  const proto::Envelope& envelope = *message;
  switch (envelope.body_case()) {
    case proto::Envelope::kState:
      return OnState(sender, envelope);
    case proto::Envelope::kRoundRequest:
      return OnRound(envelope.round_request());
    case proto::Envelope::kPromise:
      return OnPromise(sender, envelope);
    case proto::Envelope::kBatch:
      return OnBatch(sender, envelope, std::move(*message->mutable_batch()->mutable_payload()));
    case proto::Envelope::kFetch:
      // The base log is another in every epoch: so is what is asked for, and what is its history.
      return OfOpenEpoch(envelope) ? OnFetch(sender, envelope.fetch()) : void();
    case proto::Envelope::kEntries:
      return OfOpenEpoch(envelope) ? OnEntries(sender, envelope.entries()) : void();
    case proto::Envelope::kSnapshotPiece:
      return OnSnapshotPiece(envelope.snapshot_piece());
    case proto::Envelope::kInterest:
      return OnInterest(sender, envelope);
    case proto::Envelope::kInterestHeard:
      return OnInterestHeard(sender, envelope.interest_heard());
    case proto::Envelope::kAckOnly:
    case proto::Envelope::BODY_NOT_SET:
      return;
  }
}

void Machine::OnState(NodeId sender, const proto::Envelope& envelope) {
  streams_.Anchor(sender, envelope.seq());
  TakeInterest(sender, FromProto(envelope.state().interest()));
  standing_.Heard(sender);
  if (phase_ != Phase::kExchanging || envelope.round() != exchange_.round() ||
      !exchange_.Has(sender)) {
    return;
  }
  // The same members in the same ring can be a view twice, when one of them leaves and joins again.
  // A State from the first time, late, is taken for one of the second by everybody, and nobody but
  // its sender can tell. The sender takes no part then: who promises has been heard as it is.
  if (sender == self_.node && (envelope.seq() != state_seq_ ||
                               Incarnation(envelope.incarnation()) != options_.incarnation)) {
    left_out_ = true;
    round_ticks_left_ = 0;
    Isolate("the others heard an old message of this node; asking for another round");
    return;
  }
  exchange_.TakeState(FromProto(sender, Incarnation(envelope.incarnation()), envelope.state()));
  if (exchange_.complete()) {
    Decide();
  }
}

void Machine::OnRound(const proto::Round& round) {
  round_seen_ = std::max(round_seen_, round.number());
  if (round.number() <= exchange_.round()) {
    return;
  }
  std::set<NodeId> members;
  for (const uint32_t node : round.members()) {
    if (view_members_.contains(NodeId(node))) {
      members.insert(NodeId(node));
    }
  }
  StartRound(round.number(), std::move(members));
}

void Machine::OnPromise(NodeId sender, const proto::Envelope& envelope) {
  if (phase_ != Phase::kPromising || envelope.round() != exchange_.round() ||
      !exchange_.Has(sender) || Epoch(envelope.promise().epoch()) != install_.epoch) {
    return;
  }
  exchange_.TakePromise(sender);
  if (install_.voters.Suffice(exchange_.promises(), install_.journals)) {
    Open();
  }
}

Origins::Verdict Machine::Judge(const BatchId& id) const {
  const Origins::Verdict verdict = origins_.Judge(id);
  const bool ignored = (verdict == Origins::Verdict::kDuplicate && !options_.rules.dedup) ||
                       (verdict == Origins::Verdict::kGap && !options_.rules.continuity);
  return ignored ? Origins::Verdict::kNext : verdict;
}

void Machine::OnBatch(NodeId sender, const proto::Envelope& envelope, std::string payload) {
  // The epoch rule: a batch of another epoch is nobody's. Its origin sends it again.
  if (!epoch_open_ || (Epoch(envelope.epoch()) != epoch_ && options_.rules.epoch)) {
    return;
  }
  const auto kept = std::make_shared<const std::string>(std::move(payload));
  std::optional<Batch> batch = ReadBatch(*kept);
  if (!batch || batch->id.node != sender ||
      batch->id.incarnation != Incarnation(envelope.incarnation())) {
    Note(fmt::format("ignored a batch of node {} that is not its own", sender.value()));
    return;
  }
  const BatchId id = batch->id;
  const Origins::Verdict verdict = Judge(id);
  const bool own = sender == self_.node && id.incarnation == options_.incarnation;
  if (verdict != Origins::Verdict::kNext) {
    if (own && verdict == Origins::Verdict::kGap) {
      outbox_.SendAgainAfter(origins_.Last(self_.node, options_.incarnation));
      PumpOutbox();
    }
    return;
  }
  origins_.Take(id);
  const Index index = next_index_;
  next_index_ = next_index_.Next();
  if (own) {
    resend_ticks_ = 0;
    outbox_.Returned(id.number);
  }
  if (catch_up_.active()) {
    catch_up_.Keep(index, {epoch_, EntryKind::kBatch, *kept});
  } else {
    Append(MakeBatchEntry(log_.end().position, epoch_, kept, *std::move(batch)));
  }
  PumpOutbox();
}

}  // namespace peal::ordering
