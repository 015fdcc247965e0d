#include "ordering/replica/journal_entries.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/status_macros.h"
#include "ordering/snapshot.h"

namespace peal::ordering {

absl::StatusOr<std::vector<Entry>> EntriesAfter(const Position& before,
                                                const std::vector<journal::Record>& records) {
  std::vector<Entry> entries;
  entries.reserve(records.size());
  Position position = before;
  for (const journal::Record& record : records) {
    absl::StatusOr<Entry> entry =
        MakeEntry(position, record.epoch, static_cast<EntryKind>(record.kind), record.payload);
    if (!entry.ok() || entry->position() != Position{record.index, record.chain}) {
      return absl::DataLossError(fmt::format("entry {} does not continue the chain of entry {}",
                                             record.index.value(), position.index.value()));
    }
    position = entry->position();
    entries.push_back(*std::move(entry));
  }
  return entries;
}

absl::StatusOr<Recovered> FromJournal(const journal::Recovered& recovered) {
  Recovered out;
  const journal::Checkpoint& checkpoint = recovered.checkpoint;
  // Protocol Buffers merge: the one after the other is both.
  if (!out.snapshot.ParseFromString(checkpoint.summary + checkpoint.state) ||
      FromProto(out.snapshot.position()) != Position{checkpoint.index, checkpoint.chain} ||
      Sequence(out.snapshot.sequence()) != checkpoint.sequence || !IsOfALog(out.snapshot)) {
    return absl::DataLossError(
        fmt::format("the checkpoint at entry {} is none of Peal's", checkpoint.index.value()));
  }
  PEAL_ASSIGN_OR_RETURN(out.entries,
                        EntriesAfter({checkpoint.index, checkpoint.chain}, recovered.records));
  if (recovered.log_epoch > recovered.promised) {
    return absl::DataLossError(
        fmt::format("its log is of epoch {}, and it has promised no more than {}",
                    recovered.log_epoch.value(), recovered.promised.value()));
  }
  out.promised = recovered.promised;
  out.log_epoch = recovered.log_epoch;
  const Index last = recovered.records.empty() ? checkpoint.index : recovered.records.back().index;
  out.confirmed = std::clamp(recovered.marks.confirmed, checkpoint.index, last);
  out.committed = std::clamp(recovered.marks.committed, checkpoint.index, out.confirmed);
  return out;
}

}  // namespace peal::ordering
