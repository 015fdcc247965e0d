// The machine in an open epoch: appending, acknowledging, committing, applying.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "ordering/machine.h"

namespace peal::ordering {

void Machine::Append(Entry entry) {
  PEAL_CHECK(entry.index == log_.end_index().Next());
  const bool opens_epoch = entry.kind == EntryKind::kEpoch && epoch_open_ && entry.epoch == epoch_;
  const uint64_t ticket = opens_epoch ? durability_.AppendEpoch(entry.index, entry.epoch)
                                      : durability_.Append(entry.index);
  log_.Append(entry);
  Emit(AppendEntry{ticket, std::move(entry), opens_epoch});
}

void Machine::Truncate(Index after) {
  if (after == log_.end_index()) {
    return;
  }
  PEAL_CHECK(after >= log_.anchor().position.index);
  log_.TruncateAfter(after);
  confirmed_ = std::min(confirmed_, after);
  echoed_ = std::min(echoed_, after);
  Emit(TruncateLog{durability_.Truncate(after), after});
}

void Machine::PumpOutbox() {
  if (!epoch_open_ || catch_up_.active() || out_of_step_) {
    return;
  }
  while (const std::string* payload = outbox_.Next()) {
    Send(NewEnvelope(), *payload);
  }
}

void Machine::Evaluate() {
  if (catch_up_.active() || out_of_step_) {
    return;
  }
  // The confirm rule: another member's chain that equals ours.
  const NodeId nobody;
  const NodeId excluded = IsOnlyVoterCounted() ? nobody : self_.node;
  confirmed_ = std::max(confirmed_, acks_.ConfirmedByOthers(log_, excluded));
  CheckContradictions();
  // The commit rule: enough votes in this epoch, and its Epoch entry at the least.
  Voters voters = install_.voters;
  voters.Settle(log_.anchor().position.index);
  const Index committed = acks_.Agreed(log_, voters, install_.journals);
  if (!out_of_step_ && (committed >= epoch_index_ || !options_.rules.own_epoch)) {
    CommitUpTo(std::min(committed, confirmed_));
  }
}

bool Machine::IsOnlyVoterCounted() const {
  const Voters& voters = install_.voters;
  for (const auto& [node, journal] : install_.journals) {
    const bool counted =
        voters.current.rule == QuorumRule::kMajority || voters.counted.contains(node);
    if (node != self_.node && counted && voters.current.Has(node, journal)) {
      return false;
    }
  }
  return voters.current.Has(self_.node, options_.journal);
}

void Machine::NoteStanding() {
  if (epoch_open_ && quorate_ && !out_of_step_ && !catch_up_.active() &&
      durability_.log_epoch() == epoch_ && install_.voters.counted.contains(self_.node)) {
    standing_.Gain();
  }
}

void Machine::CheckContradictions() {
  Journals against = acks_.Contradicting(log_, install_.journals);
  if (against == contradicting_) {
    return;
  }
  contradicting_ = against;
  // The one that can have no majority with it is out of step; with as many votes against as for it,
  // both are.
  const VoterConfig& config = install_.voters.current;
  if (!config.IsMajority(config.TotalVotes() - config.Votes(against))) {
    OutOfStep("half of the votes or more acknowledge another log than this node's");
  } else if (!against.empty()) {
    Note(fmt::format("{} member(s) acknowledge another log than the majority's", against.size()));
  }
}

void Machine::CommitUpTo(Index index) {
  while (log_.anchor().position.index < index) {
    PEAL_CHECK(confirmed_ > log_.anchor().position.index);
    const Epoch epoch = log_.At(log_.anchor().position.index.Next()).epoch;
    PEAL_CHECK(epoch <= epoch_);
    Release release = applied_.Apply(log_.Apply());
    const Entry& entry = release.entry;
    if (entry.kind == EntryKind::kBatch) {
      const BatchId id = entry.batch_id();
      if (id.node == self_.node && id.incarnation == options_.incarnation) {
        release.tokens = outbox_.Applied(id.number);
      }
    }
    Emit(std::move(release));
  }
}

void Machine::OutOfStep(const std::string& why) {
  if (out_of_step_) {
    return;
  }
  out_of_step_ = true;
  round_ticks_left_ = 0;
  Note(fmt::format("out of step: {}", why));
}

}  // namespace peal::ordering
