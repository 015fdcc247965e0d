// The machine's views and rounds: from a configuration change to an open epoch, or to isolation.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "ordering/machine.h"
#include "ordering/voter_change.h"

namespace peal::ordering {
namespace {

uint64_t DigestOf(RingId ring, const std::vector<Process>& members) {
  std::string text = fmt::format("{}/{}", ring.node.value(), ring.seq);
  for (const Process& member : members) {
    text += fmt::format(" {}:{}", member.node.value(), member.pid);
  }
  const base::Digest digest = base::Sha256({text});
  uint64_t head = 0;
  for (int byte = 0; byte < 8; ++byte) {
    head = head << 8 | digest[static_cast<size_t>(byte)];
  }
  return head;
}

}  // namespace

void Machine::On(const ViewChanged& input) {
  PEAL_CHECK(std::find(input.members.begin(), input.members.end(), self_) != input.members.end());
  if (input.ring != ring_) {
    standing_.EndRing(voters(), view_members_, quorum_ring_ == ring_);
  }
  ring_ = input.ring;
  view_ = input.members;
  view_members_.clear();
  for (const Process& member : view_) {
    PEAL_CHECK(view_members_.insert(member.node).second);
  }
  view_digest_ = DigestOf(ring_, view_);
  view_time_us_ = input.now_us;
  round_seen_ = 0;
  round_patience_ = kRoundTicks;
  streams_.Reset();
  std::erase_if(members_applied_,
                [this](const auto& member) { return !view_members_.contains(member.first); });
  if (interests_.Keep(view_members_)) {
    Emit(InterestChanged{interests_.all()});
  }
  StartRound(0, view_members_);
}

void Machine::CloseEpoch() {
  if (!epoch_open_) {
    return;
  }
  epoch_open_ = false;
  // The echo rule's other half: what came back to nobody in the view was counted by nobody. A node
  // out of step keeps all, as ambiguous; so does a joiner, whose log is not the group's yet.
  if (!options_.rules.echo) {
    confirmed_ = log_.end_index();
  } else if (!out_of_step_ && !catch_up_.active()) {
    Truncate(std::max(echoed_, confirmed_));
  }
  catch_up_.Stop();
}

void Machine::StartRound(uint32_t round, std::set<NodeId> members) {
  CloseEpoch();
  out_of_step_ = false;
  promised_here_ = false;
  exchange_.Start(round, std::move(members));
  round_seen_ = std::max(round_seen_, round);
  round_ticks_left_ = round_patience_;
  left_out_ = !exchange_.Has(self_.node);
  if (left_out_) {
    standing_.Lose();
  }
  if (halted_) {
    return;
  }
  if (left_out_) {
    Isolate("the other members went on without this node, which was silent; asking in");
    return;
  }
  phase_ = Phase::kExchanging;
  proto::Envelope envelope = NewEnvelope();
  proto::State* state = envelope.mutable_state();
  ToProto(OwnState(), state);
  state->mutable_ring()->set_node(ring_.node.value());
  state->mutable_ring()->set_seq(ring_.seq);
  if (options_.rules.interest) {
    ToProto(interests_.own(), interests_.number(), state->mutable_interest());
  }
  Send(std::move(envelope));
  state_seq_ = seq_;
}

MemberState Machine::OwnState() const {
  MemberState state;
  state.name = NameOf(self_.node);
  state.journal = options_.journal;
  state.promised = promised_;
  state.log_epoch = durability_.log_epoch();
  state.confirmed = log_.PointAt(confirmed_);
  state.committed = log_.anchor().position.index;
  for (Index index = confirmed_.Next(); index <= log_.end_index(); index = index.Next()) {
    const Entry& entry = log_.At(index);
    TailEntry tail{entry.position(), entry.epoch, std::nullopt, std::nullopt};
    if (entry.kind == EntryKind::kBatch) {
      tail.batch = entry.batch_id();
    } else {
      tail.voters = FromProto(entry.opened->voters());
    }
    state.tail.push_back(std::move(tail));
  }
  state.time_us = view_time_us_;
  state.nodelist = nodelist_.nodes;
  state.wish = wish_;
  state.rule = options_.quorum;
  state.standing = standing_.holds();
  return state;
}

void Machine::Isolate(std::string reason) {
  phase_ = Phase::kIsolated;
  reason_ = std::move(reason);
  Note(fmt::format("isolated: {}", reason_));
}

void Machine::Decide() {
  install_ = DecideInstall(exchange_.states(), options_.rules);
  if (!install_.primary) {
    Isolate(install_.reason);
    return;
  }
  if (LeavesOutWhoIsIn()) {
    left_out_ = true;
    Isolate("a voter that corosync calls a member does not answer; end its peald");
    return;
  }
  PEAL_CHECK(install_.epoch > promised_);
  // Who is not counted is not waited for: the others may go on before this node hears of it.
  if (!install_.voters.counted.contains(self_.node)) {
    standing_.Lose();
  }
  phase_ = Phase::kPromising;
  if (!options_.rules.promise) {
    Open();
    return;
  }
  promised_ = install_.epoch;
  Emit(StorePromise{durability_.Promise(promised_), promised_});
}

// By corosync's rule who is in its membership is in: the silent one may be deaf to those who speak,
// and be the one that corosync lets go on after a change of ring.
bool Machine::LeavesOutWhoIsIn() const {
  const Voters& voters = install_.voters;
  return voters.HasRule(QuorumRule::kCorosync) &&
         std::any_of(view_members_.begin(), view_members_.end(),
                     [&](NodeId node) { return !exchange_.Has(node) && voters.Names(node); });
}

void Machine::PromiseIfReady() {
  if (phase_ != Phase::kPromising || promised_here_ || durability_.promised() < install_.epoch) {
    return;
  }
  // Corosync's quorum is a gate of policy: who is inquorate, or has not heard yet for this ring,
  // does not promise.
  if (!quorate_ || quorum_ring_ != ring_) {
    return;
  }
  promised_here_ = true;
  proto::Envelope envelope = NewEnvelope();
  envelope.mutable_promise()->set_epoch(install_.epoch.value());
  Send(std::move(envelope));
}

void Machine::Open() {
  PEAL_CHECK(install_.primary);
  promised_ = std::max(promised_, install_.epoch);
  phase_ = Phase::kOpen;
  epoch_ = install_.epoch;
  epoch_open_ = true;
  epoch_index_ = install_.base.position.index.Next();
  next_index_ = epoch_index_.Next();
  origins_ = install_.base.origins;
  acks_.Reset();
  acked_ = Index(0);
  contradicting_.clear();
  echoed_ = Index(0);
  resend_ticks_ = 0;
  round_ticks_left_ = round_patience_;
  absl::StatusOr<Entry> entry =
      MakeEntry(install_.base.position, epoch_, EntryKind::kEpoch, EncodeEpochRecord(install_));
  PEAL_CHECK(entry.ok());
  if (origins_.Last(self_.node, options_.incarnation) > outbox_.last()) {
    HaltWith(
        {"this node's data folder is an older copy of itself: the cluster's log has events of the "
         "incarnation that is counted now; stop peald, empty the folder and start it again, and "
         "all is fetched from the others"});
    return;
  }
  AdoptBase(*entry);
  outbox_.SendAgainAfter(origins_.Last(self_.node, options_.incarnation));
  PumpOutbox();
  // What was said in a view before may have been lost with it.
  if (interests_.narrows() && known_interest_ != interests_.number()) {
    SendInterest();
  }
}

void Machine::AdoptBase(const Entry& epoch_entry) {
  const Position& base = install_.base.position;
  const Position& applied = log_.anchor().position;
  if (install_.others.contains(self_.node)) {
    HaltWith(
        {"this node's log began apart from the cluster's, by a bootstrap of its own; to give it "
         "up, stop peald, move its journal away and start it again"});
    return;
  }
  if (base.index < applied.index || (base.index == applied.index && base != applied)) {
    Overtaken("the cluster has another log");
    return;
  }
  if (log_.Has(base)) {
    Truncate(base.index);
    confirmed_ = base.index;
    Append(epoch_entry);
    return;
  }
  if (!options_.rules.truncate_differing) {
    Truncate(applied.index);
  }
  standing_.Lose();
  catch_up_.Start(install_.donor, applied, epoch_entry.index);
  catch_up_.Keep(epoch_entry.index, {epoch_, EntryKind::kEpoch, *epoch_entry.payload});
  Note(fmt::format("catching up from entry {} to {} by node {}", applied.index.value(),
                   base.index.value(), install_.donor.value()));
  Fetch();
}

void Machine::AskForRound(std::set<NodeId> members) {
  members.insert(self_.node);
  proto::Envelope envelope = NewEnvelope();
  proto::Round* round = envelope.mutable_round_request();
  round->set_number(std::max(round_seen_, exchange_.round()) + 1);
  for (const NodeId node : members) {
    round->add_members(node.value());
  }
  Send(std::move(envelope));
}

void Machine::RoundTick() {
  const bool in_round = phase_ == Phase::kExchanging || phase_ == Phase::kPromising;
  const bool wants_in = left_out_ || out_of_step_;
  if (!options_.rules.round || (!in_round && !wants_in && !HasNewsOfVoters() &&
                                !WantsVoterChange() && !WantsToBeCounted())) {
    round_patience_ = phase_ == Phase::kOpen ? kRoundTicks : round_patience_;
    return;
  }
  if (round_ticks_left_ > 0) {
    --round_ticks_left_;
    return;
  }
  // Nobody waits without a bound; each attempt waits longer, so that a flapping network meets no
  // storm.
  round_patience_ = std::min(round_patience_ * 2, kRoundTicksMax);
  round_ticks_left_ = round_patience_;
  AskForRound(NextRoundMembers());
}

// Whether this node would say something else now than it said in this round.
bool Machine::HasNewsOfVoters() const {
  const auto said = exchange_.states().find(self_.node);
  return said != exchange_.states().end() &&
         (said->second.nodelist != nodelist_.nodes || (wish_ && said->second.wish != wish_));
}

// Whether with another round the voters would be others. Of the members only this one is known to
// have the log of this epoch: each asks for its own vote.
bool Machine::WantsVoterChange() const {
  if (phase_ != Phase::kOpen || catch_up_.active() || durability_.log_epoch() != epoch_ ||
      !exchange_.Has(self_.node) || log_.anchor().position.index < voters().changed_at) {
    return false;
  }
  MemberStates states = exchange_.states();
  MemberState& own = states.at(self_.node);
  own.log_epoch = epoch_;
  own.nodelist = nodelist_.nodes;
  own.wish = wish_;
  return NextVoters(voters().current, states, epoch_).has_value();
}

// Who had to catch up when the epoch opened is counted by the next one. That can wait until this
// one has done something: else those who catch up keep one another from it.
bool Machine::WantsToBeCounted() const {
  return phase_ == Phase::kOpen && !catch_up_.active() &&
         log_.anchor().position.index >= epoch_index_ &&
         install_.voters.HasRule(QuorumRule::kCorosync) &&
         !install_.voters.counted.contains(self_.node) &&
         install_.voters.current.Has(self_.node, options_.journal);
}

std::set<NodeId> Machine::NextRoundMembers() const {
  if (phase_ != Phase::kExchanging) {
    return voters().HasRule(QuorumRule::kCorosync) ? view_members_ : exchange_.members();
  }
  Journals heard;
  std::set<NodeId> members;
  for (const auto& [node, state] : exchange_.states()) {
    heard.emplace(node, state.journal);
    members.insert(node);
  }
  // To go on without the silent ones takes a majority.
  return !voters().HasRule(QuorumRule::kCorosync) && !voters().empty() && voters().MayOrder(heard)
             ? members
             : view_members_;
}

}  // namespace peal::ordering
