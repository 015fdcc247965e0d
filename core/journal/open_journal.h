// Opens the journal in a folder, or makes one.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/journal/segmented_journal.h"

namespace peal::journal {

struct OpenedJournal {
  std::unique_ptr<SegmentedJournal> journal;
  Recovered recovered;  // Without notes.
  bool created = false;
};

// Blocks; nothing else may use the folder until the journal is gone. All that is recovered is
// durable. `new_id` is 16 random bytes, for a journal that is made.
//
// Damage to older segments is history's only: Upkeep::damage() tells of it then. DataLoss: it is
// where the log goes on; the text names file, place and reason, and nothing was changed.
// FailedPrecondition: a newer peald has written it. Otherwise as FileOps, when files cannot be
// used.
absl::StatusOr<OpenedJournal> OpenJournal(const JournalPorts& ports, const std::string& new_id,
                                          const JournalOptions& options);

// Gives a damaged journal's files other names, damaged-N.*, so that the next OpenJournal() makes a
// new journal. The newest few of such sets are kept, for whoever wants to look. Interrupted, it may
// be called again. Codes of FileOps.
absl::Status SetAsideDamaged(io::FileOps* files);

}  // namespace peal::journal
