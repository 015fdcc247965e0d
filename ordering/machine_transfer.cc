// State transfer: a joiner fetches what it lacks of the base log from a donor, piece by piece, and
// verifies by the chain while it comes. A journal that lost entries of long ago fetches them alike.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "ordering/machine.h"
#include "ordering/snapshot.h"

namespace peal::ordering {

void Machine::Fetch() {
  catch_up_.Asked();
  if (catch_up_.history_complete()) {
    FinishCatchUp();
    return;
  }
  proto::Envelope envelope = NewEnvelope();
  proto::Fetch* fetch = envelope.mutable_fetch();
  fetch->set_donor(catch_up_.donor().value());
  *fetch->mutable_after() = ToProto(catch_up_.verified());
  fetch->set_upto(catch_up_.wanted().value());
  if (const SnapshotParts& parts = catch_up_.snapshot(); parts.wanted()) {
    fetch->set_wants_snapshot(true);
    *fetch->mutable_snapshot() = ToProto(parts.position());
    fetch->set_offset(parts.offset());
  }
  Send(std::move(envelope));
}

void Machine::OnFetch(NodeId sender, const proto::Fetch& fetch) {
  if (!epoch_open_ || catch_up_.active() || NodeId(fetch.donor()) != self_.node) {
    return;
  }
  if (fetch.wants_snapshot()) {
    Emit(ReadSnapshot{sender, FromProto(fetch.snapshot()), fetch.offset()});
    return;
  }
  // What is applied here has its notes.
  const Index held = fetch.history() ? log_.anchor().position.index : log_.end_index();
  const Index upto = std::min(Index(fetch.upto()), held);
  Emit(ReadLog{sender, FromProto(fetch.after()), upto, epoch_, fetch.history()});
}

void Machine::On(const HistoryWanted& input) {
  // A joiner's own transfer comes first.
  if (!epoch_open_ || catch_up_.active()) {
    return;
  }
  proto::Envelope envelope = NewEnvelope();
  proto::Fetch* fetch = envelope.mutable_fetch();
  fetch->set_donor(input.donor.value());
  *fetch->mutable_after() = ToProto(input.after);
  fetch->set_upto(input.upto.value());
  fetch->set_history(true);
  Send(std::move(envelope));
}

void Machine::On(const LogRead& input) {
  // What was read in an earlier epoch may have been dropped since: it is nobody's history now.
  if (!epoch_open_ || input.epoch != epoch_) {
    return;
  }
  proto::Envelope envelope = NewEnvelope();
  proto::Entries* entries = envelope.mutable_entries();
  entries->set_joiner(input.joiner.value());
  entries->set_first_available(input.first_available.value());
  entries->set_other_log(input.other_log);
  entries->set_history(input.history);
  for (const Entry& entry : input.entries) {
    *entries->add_entries() = ToProto(entry);
  }
  PEAL_CHECK(input.notes.empty() || input.notes.size() == input.entries.size());
  for (size_t i = 0; i < input.notes.size(); ++i) {
    entries->mutable_entries(static_cast<int>(i))->set_note(input.notes[i]);
  }
  Send(std::move(envelope));
}

void Machine::OnEntries(NodeId sender, const proto::Entries& entries) {
  if (NodeId(entries.joiner()) != self_.node) {
    return;
  }
  if (entries.history()) {
    Emit(HistoryCame{sender, entries});
    return;
  }
  if (!catch_up_.active()) {
    return;
  }
  if (entries.other_log()) {
    Overtaken("the cluster has another log");
    return;
  }
  const bool holds_all = entries.first_available() == 0;
  if (!holds_all && MayHaveParted() && !install_.voters.HasRule(QuorumRule::kMajority)) {
    Overtaken("nobody can tell whether the cluster's log has that, whose history begins later");
    return;
  }
  if (!holds_all) {
    Note(fmt::format("node {} no longer holds the log before entry {}: fetching its state",
                     catch_up_.donor().value(), entries.first_available()));
    catch_up_.snapshot().Want();
    Fetch();
    return;
  }
  for (const proto::LogEntry& entry : entries.entries()) {
    // A fetch that was answered twice repeats what is there.
    if (Index(entry.index()) > catch_up_.verified().index && !TakeHistory(entry)) {
      return;
    }
  }
  Fetch();
}

// Whether corosync may have let this node and the cluster order apart.
bool Machine::MayHaveParted() const {
  return !log_.empty() && (install_.base.voters.HasRule(QuorumRule::kCorosync) ||
                           voters().HasRule(QuorumRule::kCorosync));
}

// What this node has shown is not what the cluster's log has: it cannot go on with its log.
void Machine::Overtaken(std::string_view why) {
  HaltWith({fmt::format("this node has shown entry {}, and {}",
                        log_.anchor().position.index.value(), why),
            MayHaveParted(), !install_.voters.HasRule(QuorumRule::kMajority)});
}

// False: corosync may have let this node and the cluster order apart, so that what is there may
// have been acknowledged. It is set aside then, not dropped.
bool Machine::DropAfter(Index index) {
  Voters voters = log_.PointAt(index).voters;
  for (Index next = index.Next(); next <= log_.end_index(); next = next.Next()) {
    const Entry& entry = log_.At(next);
    if (entry.kind == EntryKind::kEpoch) {
      voters = FromProto(entry.opened->voters());
    }
    if (voters.HasRule(QuorumRule::kCorosync) &&
        voters.MayHaveSufficed({{self_.node, options_.journal}}, install_.journals)) {
      Overtaken(
          fmt::format("what it has after entry {} may have been acknowledged, and is not in the "
                      "cluster's log",
                      index.value()));
      return false;
    }
  }
  Truncate(index);
  return true;
}

void Machine::HaltWith(Halt halt) {
  halted_ = true;
  epoch_open_ = false;
  catch_up_.Stop();
  Isolate(halt.reason);
  Emit(std::move(halt));
}

bool Machine::TakeHistory(const proto::LogEntry& transferred) {
  absl::StatusOr<Entry> entry = FromProto(catch_up_.verified(), transferred);
  if (!entry.ok()) {
    Note(fmt::format("transferred history is refused: {}", std::string(entry.status().message())));
    return false;
  }
  const Position position = entry->position();
  if (!log_.Has(position)) {
    // Only what differs from the base log is dropped; what is the same may be what a majority
    // counts on.
    if (!DropAfter(Index(position.index.value() - 1))) {
      return false;
    }
    Append(*std::move(entry));
  }
  catch_up_.Verified(position);
  confirmed_ = std::max(confirmed_, position.index);
  CommitUpTo(std::min(position.index, install_.committed));
  return true;
}

void Machine::On(const SnapshotRead& input) {
  if (!epoch_open_) {
    return;
  }
  proto::Envelope envelope = NewEnvelope();
  *envelope.mutable_snapshot_piece() = input.piece;
  Send(std::move(envelope));
}

void Machine::OnSnapshotPiece(const proto::SnapshotPiece& piece) {
  if (!catch_up_.active() || !catch_up_.snapshot().wanted() ||
      NodeId(piece.joiner()) != self_.node) {
    return;
  }
  absl::StatusOr<std::optional<proto::Snapshot>> whole = catch_up_.snapshot().Take(piece);
  if (!whole.ok()) {
    Note(fmt::format("a transferred state is refused: {}", std::string(whole.status().message())));
  } else if (whole->has_value()) {
    TakeSnapshot(**std::move(whole));
  }
  Fetch();
}

// What of this log is beyond the snapshot's position without leading through it differs from the
// base log, so that nothing is dropped that a majority counts on.
void Machine::TakeSnapshot(proto::Snapshot snapshot) {
  const Log::Point point = PointOf(snapshot);
  const Position& position = point.position;
  catch_up_.snapshot().Clear();
  if (position.index <= catch_up_.verified().index) {
    return;
  }
  if (log_.Has(position)) {
    confirmed_ = std::max(confirmed_, position.index);
    CommitUpTo(position.index);
  } else {
    Truncate(log_.anchor().position.index);
    log_ = Log(point);
    applied_ = Applied(snapshot, options_.rules);
    confirmed_ = position.index;
    Emit(InstallSnapshot{durability_.Replace(position.index),
                         std::make_shared<const proto::Snapshot>(std::move(snapshot))});
    std::vector<uint64_t> tokens =
        outbox_.AppliedThrough(point.origins.Last(self_.node, options_.incarnation));
    if (!tokens.empty()) {
      Emit(OutcomeUnknown{std::move(tokens)});
    }
  }
  catch_up_.Verified(position);
  catch_up_.DropLiveThrough(position.index);
  Note(fmt::format("took over the state at entry {}", position.index.value()));
}

void Machine::FinishCatchUp() {
  if (!DropAfter(catch_up_.verified().index)) {
    return;
  }
  confirmed_ = log_.end_index();
  while (catch_up_.has_live()) {
    CatchUp::LiveEntry live = catch_up_.TakeLive();
    absl::StatusOr<Entry> entry =
        MakeEntry(log_.end().position, live.epoch, live.kind, std::move(live.payload));
    PEAL_CHECK(entry.ok());  // It was parsed when it was delivered.
    Append(*std::move(entry));
  }
  catch_up_.Stop();
  PEAL_CHECK(log_.end_index().Next() == next_index_);
  // Whose journal is new asks for its vote at once: until it has it, the cluster bears less.
  round_ticks_left_ = 0;
  Note(fmt::format("caught up at entry {}", log_.end_index().value()));
  if (durability_.log_epoch_given() < epoch_) {
    // The state that was taken over is newer than the Epoch entry. What this node's log is of must
    // be durable here before it acknowledges anything; the next epoch's entry will tell.
    OutOfStep("the state that this node took over is of this very epoch");
    return;
  }
  Evaluate();
  PumpOutbox();
}

}  // namespace peal::ordering
