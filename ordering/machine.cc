#include "ordering/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "core/base/check.h"
#include "ordering/snapshot.h"
#include "ordering/voter_change.h"

namespace peal::ordering {

Machine::Machine(MachineOptions options, Recovered recovered)
    : options_(std::move(options)),
      log_(PointOf(recovered.snapshot)),
      applied_(recovered.snapshot, options_.rules),
      promised_(recovered.promised),
      acks_(options_.rules.chain),
      outbox_(NodeId(0), options_.incarnation) {
  PEAL_CHECK(recovered.committed <= recovered.confirmed);
  PEAL_CHECK(recovered.log_epoch <= recovered.promised);
  for (Entry& entry : recovered.entries) {
    log_.Append(std::move(entry));
  }
  PEAL_CHECK(recovered.confirmed <= log_.end_index());
  confirmed_ = std::max(recovered.confirmed, log_.anchor().position.index);
  durability_ = Durability(log_.end_index(), recovered.log_epoch, promised_);
  // It has been shown to whom it may concern.
  while (log_.anchor().position.index < recovered.committed) {
    applied_.Apply(log_.Apply());
  }
}

proto::Snapshot Machine::Snapshot() const {
  return MakeSnapshot(log_.anchor(), applied_);
}

void Machine::Step(const Input& input, std::vector<Output>* outputs) {
  outputs_ = outputs;
  std::visit([this](const auto& value) { On(value); }, input);
  NoteKnownInterest();
  outputs_ = nullptr;
  CheckInvariants(*this);
}

bool Machine::IsPrimary(std::string* why) const {
  std::string missing;
  if (halted_ || phase_ == Phase::kDetached || phase_ == Phase::kIsolated) {
    missing = reason_;
  } else if (phase_ != Phase::kOpen) {
    missing = quorate_ ? "the members are agreeing on a view" : "corosync has no quorum";
  } else if (catch_up_.active()) {
    missing = fmt::format("catching up: has entry {} of {}", catch_up_.verified().index.value(),
                          next_index_.value() - 1);
  } else if (out_of_step_) {
    missing = "out of step with the other members; asking for a new round";
  } else if (echo_ticks_ >= kEchoTicks) {
    missing = "corosync does not carry this node's messages";
  }
  if (why != nullptr) {
    *why = missing;
  }
  return missing.empty();
}

bool Machine::CanSubmit() const {
  return IsPrimary(nullptr) && !outbox_.full();
}

bool Machine::IsJoining() const {
  return !halted_ && (phase_ == Phase::kExchanging || phase_ == Phase::kPromising ||
                      (phase_ == Phase::kOpen && (catch_up_.active() || out_of_step_)));
}

std::string Machine::NameOf(NodeId node) const {
  const auto known = names_.find(node);
  return known == names_.end() ? std::to_string(node.value()) : known->second;
}

void Machine::On(const Connected& input) {
  PEAL_CHECK(input.self.node != NodeId(0));
  self_ = input.self;
  DropUnconfirmedUnlessKept();
  nodelist_ = input.nodelist;
  for (const ConfiguredNode& node : nodelist_.nodes) {
    names_[node.node] = node.name;
  }
  outbox_.set_node(self_.node);
}

void Machine::DropUnconfirmedUnlessKept() {
  if (!options_.rules.keep_on_loss) {
    Truncate(confirmed_);
  }
}

void Machine::On(const QuorumChanged& input) {
  quorate_ = input.quorate;
  quorum_ring_ = input.ring;
  if (!quorate_) {
    standing_.Lose();
  }
  PromiseIfReady();
}

void Machine::On(const Lost& input) {
  // What others were delivered meanwhile is unknown: all beyond the confirmed stays, as ambiguous.
  DropUnconfirmedUnlessKept();
  epoch_open_ = false;
  standing_.Lose();
  catch_up_.Stop();
  phase_ = Phase::kDetached;
  reason_ = input.reason;
  view_members_.clear();
  streams_.Reset();
  // What was on its way is gone with the group.
  seq_delivered_ = seq_;
  echo_ticks_ = 0;
  interests_.KeepOwn(self_.node);
  Emit(InterestChanged{interests_.all()});
}

void Machine::On(const Synced& input) {
  durability_.Synced(input.ticket);
  if (!options_.rules.confirm) {
    confirmed_ = std::max(confirmed_, durability_.index());
  }
  NoteStanding();
  PromiseIfReady();
  SendAckIfNews();
}

void Machine::On(const Submitted& input) {
  outbox_.Add(input);
}

void Machine::On(const Flush&) {
  PumpOutbox();
}

void Machine::On(const WishSet& input) {
  wish_ = input.wish;
}

bool Machine::IsMet(const VoterWish& wish) const {
  const Voters& committed = log_.anchor().voters;
  // A bootstrap can be of a log that is there, where corosync decides who goes on.
  return ordering::IsMet(wish, committed.current) &&
         (wish.kind != VoterWish::Kind::kBootstrap || IsPrimary(nullptr));
}

void Machine::On(const Tick&) {
  if (phase_ == Phase::kDetached || halted_) {
    return;
  }
  Heartbeat();
  RoundTick();
  if (phase_ != Phase::kOpen) {
    return;
  }
  if (catch_up_.active() && catch_up_.Overdue(kFetchTicks)) {
    Fetch();
  }
  if (outbox_.in_flight() && ++resend_ticks_ >= kResendTicks && echo_ticks_ < kResendTicks) {
    // The group delivers, but not this batch: corosync can drop what it had accepted (its
    // exec/ipc_glue.c, cs_ipcs_msg_process). The dedup rule makes sending it again harmless.
    resend_ticks_ = 0;
    outbox_.SendAgainAfter(outbox_.returned());
    PumpOutbox();
  }
}

void Machine::Heartbeat() {
  bool due = ++silent_ticks_ >= kHeartbeatTicks;
  if (seq_delivered_ != seq_) {
    // If the last message was dropped nothing of ours would ever come back. Probes get rarer, since
    // what a stopped corosync does not take piles up.
    ++echo_ticks_;
    due = echo_ticks_ >= kEchoTicks && std::has_single_bit(echo_ticks_);
  }
  if (due) {
    proto::Envelope envelope = NewEnvelope();
    envelope.mutable_ack_only();
    Send(std::move(envelope));
  }
}

}  // namespace peal::ordering
