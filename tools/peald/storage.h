// The daemon's journal: opened, or replaced when it is damaged.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/config.h"
#include "core/io/file_ops.h"
#include "core/io/loop.h"
#include "core/io/worker.h"
#include "core/journal/segmented_journal.h"
#include "ordering/recovered.h"

namespace peal::daemon {

// Destroyed in the reverse order: the journal says what it still has to, then the workers end.
struct Storage {
  std::unique_ptr<io::FileOps> files;
  std::unique_ptr<io::Worker> writing;
  std::unique_ptr<io::Worker> reading;
  std::unique_ptr<journal::SegmentedJournal> journal;
  ordering::Recovered recovered;
};

// Of the folder `journal` in the data folder. A damaged journal is set aside, which is logged, and
// a new one begun: the node then has the identity of one whose disk was replaced. `loop` outlives
// the storage. A journal that is made has `new_id`, or, if that is empty, one of its own. Fails as
// journal::OpenJournal() where the files cannot be used.
absl::StatusOr<Storage> OpenStorage(io::Loop* loop, const Config& config,
                                    const std::string& new_id);

}  // namespace peal::daemon
