// The daemon's two journals, of the order and of local events: opened, or replaced when damaged.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/config.h"
#include "core/io/file_ops.h"
#include "core/io/loop.h"
#include "core/io/worker.h"
#include "core/journal/segmented_journal.h"
#include "core/server/local_event.h"
#include "ordering/recovered.h"

namespace peal::daemon {

// A journal and what it works with. Destroyed in the reverse order: the journal says what it still
// has to, then the workers end.
struct JournalStore {
  std::unique_ptr<io::FileOps> files;
  std::unique_ptr<io::Worker> writing;
  std::unique_ptr<io::Worker> reading;
  std::unique_ptr<journal::SegmentedJournal> journal;
};

// Nothing is shared: local events do not delay the order's.
struct Storage {
  JournalStore order;
  JournalStore local;
  ordering::Recovered recovered;
  server::LocalPlace last_local;
};

// Of the folders `journal` and `local` in the data folder. A damaged journal is set aside, which is
// logged, and a new one begun: with a new one of the order the node has the identity of one whose
// disk was replaced. `loop` outlives the storage. A journal of the order that is made has `new_id`,
// or, if that is empty, one of its own. Fails as journal::OpenJournal() where the files cannot be
// used.
absl::StatusOr<Storage> OpenStorage(io::Loop* loop, const Config& config,
                                    const std::string& new_id);

}  // namespace peal::daemon
