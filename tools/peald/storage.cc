#include "tools/peald/storage.h"

#include <chrono>
#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "core/io/posix_file_ops.h"
#include "core/io/thread_worker.h"
#include "core/journal/open_journal.h"
#include "core/log.h"
#include "ordering/machine.h"
#include "ordering/replica/history_mender.h"
#include "ordering/replica/journal_entries.h"
#include "tools/peald/identity.h"

namespace peal::daemon {
namespace {

constexpr std::chrono::milliseconds kTick{ordering::Machine::kTickMs};

journal::JournalOptions MakeOptions(const Config& config) {
  return {.segment_bytes = config.journal_segment_bytes,
          .cache_bytes = config.journal_cache_bytes,
          .retain_bytes = config.journal_retain_bytes,
          .retain_age = config.journal_retain_age,
          .scrub_rest = static_cast<uint64_t>(config.journal_scrub_interval /
                                              (ordering::HistoryMender::kScrubTicks * kTick))};
}

// DataLoss also when what the journal holds is no log of ours.
absl::Status Open(io::Loop* loop, const Config& config, const std::string& new_id,
                  Storage* storage) {
  const journal::JournalPorts ports{loop, storage->files.get(), storage->writing.get(),
                                    storage->reading.get()};
  PEAL_ASSIGN_OR_RETURN(journal::OpenedJournal opened,
                        journal::OpenJournal(ports, new_id, MakeOptions(config)));
  PEAL_ASSIGN_OR_RETURN(storage->recovered, ordering::FromJournal(opened.recovered));
  storage->journal = std::move(opened.journal);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Storage> OpenStorage(io::Loop* loop, const Config& config,
                                    const std::string& new_id) {
  const std::string folder = config.data_dir + "/journal";
  Storage storage;
  PEAL_ASSIGN_OR_RETURN(storage.files, io::MakePosixFileOps(folder));
  storage.writing = io::MakeThreadWorker(loop, "journal-write");
  storage.reading = io::MakeThreadWorker(loop, "journal-read");
  absl::Status status = Open(loop, config, new_id.empty() ? NewJournalId() : new_id, &storage);
  if (absl::IsDataLoss(status)) {
    log::Error("the journal in {} is damaged: {}", folder, std::string(status.message()));
    PEAL_RETURN_IF_ERROR(journal::SetAsideDamaged(storage.files.get()));
    log::Error("its files are now called {}/damaged-*; this node begins with a new journal",
               folder);
    status = Open(loop, config, NewJournalId(), &storage);
  }
  PEAL_RETURN_IF_ERROR(status);
  log::Info("journal: {} entries after a checkpoint", storage.recovered.entries.size());
  return storage;
}

}  // namespace peal::daemon
