// The replica's side towards its journal: orders to it, syncs of all that waits, and what becomes
// of this node when one fails.
#include <fmt/format.h>

#include <utility>

#include "core/log.h"
#include "ordering/replica/replica.h"

namespace peal::ordering {

void Replica::Do(AppendEntry& output) {
  const Entry& entry = output.entry;
  journal_->Append({.index = entry.index,
                    .epoch = entry.epoch,
                    .kind = static_cast<uint8_t>(entry.kind),
                    .opens_epoch = output.opens_epoch,
                    .chain = entry.chain,
                    .payload = entry.payload});
  last_ticket_ = output.ticket;
}

void Replica::Do(TruncateLog& output) {
  journal_->TruncateAfter(output.after);
  last_ticket_ = output.ticket;
}

void Replica::Do(StorePromise& output) {
  journal_->StorePromise(output.promised);
  last_ticket_ = output.ticket;
}

void Replica::SyncJournal() {
  if (!syncing_ && journal_state_ == JournalState::kGood && last_ticket_ != synced_ticket_) {
    journal_->SetMarks({machine_.confirmed(), machine_.log().anchor().position.index});
    if (journal_->WantsCheckpoint()) {
      AddCheckpoint(machine_.Snapshot());
    }
    StartSync();
  }
}

void Replica::StartSync() {
  syncing_ = true;
  journal_->Sync([this, ticket = last_ticket_](const absl::Status& status) {
    syncing_ = false;
    if (status.ok()) {
      OnSynced(ticket);
    } else {
      OnJournalError(status);
    }
  });
}

void Replica::OnSynced(uint64_t ticket) {
  synced_ticket_ = ticket;
  if (journal_state_ == JournalState::kNoRoom) {
    log::Info("order: the journal has room again");
    journal_state_ = JournalState::kGood;
    JoinGroup();
  }
  Step(Synced{ticket});
}

// What cannot be made durable is not acknowledged: this node takes no part any more, for as long as
// the journal has no room, or for good.
void Replica::OnJournalError(const absl::Status& status) {
  const JournalState now =
      absl::IsResourceExhausted(status) ? JournalState::kNoRoom : JournalState::kFailed;
  if (now != journal_state_) {
    const std::string reason =
        fmt::format("this node's journal: {}", std::string(status.message()));
    log::Error("order: {}", reason);
    journal_state_ = now;
    LeaveGroup();
    Step(Lost{reason});
  }
  if (now == JournalState::kNoRoom) {
    journal_retry_ = loop_->After(kJournalRetry, [this] { StartSync(); });
  }
}

void Replica::AddCheckpoint(proto::Snapshot snapshot) {
  proto::Snapshot state;
  state.mutable_keys()->Swap(snapshot.mutable_keys());
  state.mutable_subjects()->Swap(snapshot.mutable_subjects());
  state.mutable_sessions()->Swap(snapshot.mutable_sessions());
  state.mutable_cursors()->Swap(snapshot.mutable_cursors());
  const Position position = FromProto(snapshot.position());
  journal_->AddCheckpoint({.index = position.index,
                           .chain = position.chain,
                           .sequence = Sequence(snapshot.sequence()),
                           .time_us = now_us_(),
                           .summary = snapshot.SerializeAsString(),
                           .state = state.SerializeAsString()});
}

}  // namespace peal::ordering
