#include "tools/peald/storage.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
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
// Memory has the newest local events anyway, for subscribers.
constexpr size_t kLocalCacheBytes = size_t{1} << 20;
// What may be held goes a file at a time.
constexpr uint64_t kLocalSegments = 8;

journal::JournalOptions OrderOptions(const Config& config) {
  return {.segment_bytes = config.journal_segment_bytes,
          .cache_bytes = config.journal_cache_bytes,
          .retain_bytes = config.journal_retain_bytes,
          .retain_age = config.journal_retain_age,
          .scrub_rest = static_cast<uint64_t>(config.journal_scrub_interval /
                                              (ordering::HistoryMender::kScrubTicks * kTick))};
}

journal::JournalOptions LocalOptions(const Config& config) {
  return {.segment_bytes = std::min<uint64_t>(config.journal_segment_bytes,
                                              config.journal_local_retain_bytes / kLocalSegments),
          .cache_bytes = kLocalCacheBytes,
          .retain_bytes = config.journal_local_retain_bytes,
          .retain_age = config.journal_retain_age};
}

// What of one journal differs from the other.
struct Kind {
  std::string folder;
  journal::JournalOptions options;
  std::string new_id;  // If one has to be made.
  std::string_view consequence;
  // DataLoss: what the journal holds is not what it should be.
  std::function<absl::Status(const journal::Recovered& recovered)> take;
};

using OpenedOr = absl::StatusOr<std::unique_ptr<journal::SegmentedJournal>>;

OpenedOr Open(const journal::JournalPorts& ports, const Kind& kind, const std::string& new_id) {
  PEAL_ASSIGN_OR_RETURN(journal::OpenedJournal opened,
                        journal::OpenJournal(ports, new_id, kind.options));
  PEAL_RETURN_IF_ERROR(kind.take(opened.recovered));
  return std::move(opened.journal);
}

OpenedOr OpenOrReplace(const journal::JournalPorts& ports, const Kind& kind) {
  OpenedOr opened = Open(ports, kind, kind.new_id);
  if (absl::IsDataLoss(opened.status())) {
    log::Error("the journal in {} is damaged: {}", kind.folder,
               std::string(opened.status().message()));
    PEAL_RETURN_IF_ERROR(journal::SetAsideDamaged(ports.files));
    log::Error("its files are now called {}/damaged-*; {}", kind.folder, kind.consequence);
    opened = Open(ports, kind, NewJournalId());
  }
  return opened;
}

absl::Status OpenOrder(io::Loop* loop, const Config& config, const std::string& new_id,
                       Storage* storage) {
  const Kind kind{.folder = config.data_dir + "/journal",
                  .options = OrderOptions(config),
                  .new_id = new_id.empty() ? NewJournalId() : new_id,
                  .consequence = "this node begins with a new journal",
                  .take = [storage](const journal::Recovered& recovered) {
                    PEAL_ASSIGN_OR_RETURN(storage->recovered, ordering::FromJournal(recovered));
                    return absl::OkStatus();
                  }};
  PEAL_ASSIGN_OR_RETURN(storage->files, io::MakePosixFileOps(kind.folder));
  storage->writing = io::MakeThreadWorker(loop, "journal-write");
  PEAL_ASSIGN_OR_RETURN(
      storage->journal,
      OpenOrReplace({loop, storage->files.get(), storage->writing.get(), storage->reading.get()},
                    kind));
  log::Info("journal: {} entries after a checkpoint", storage->recovered.entries.size());
  return absl::OkStatus();
}

absl::Status OpenLocal(io::Loop* loop, const Config& config, Storage* storage) {
  const Kind kind{.folder = config.data_dir + "/local",
                  .options = LocalOptions(config),
                  .new_id = NewJournalId(),
                  .consequence = "the local events of before are not shown any more",
                  .take = [storage](const journal::Recovered& recovered) {
                    PEAL_ASSIGN_OR_RETURN(storage->last_local, server::LastPlaceOf(recovered));
                    return absl::OkStatus();
                  }};
  PEAL_ASSIGN_OR_RETURN(storage->local_files, io::MakePosixFileOps(kind.folder));
  storage->local_writing = io::MakeThreadWorker(loop, "local-write");
  PEAL_ASSIGN_OR_RETURN(storage->local_journal,
                        OpenOrReplace({loop, storage->local_files.get(),
                                       storage->local_writing.get(), storage->reading.get()},
                                      kind));
  log::Info("local journal: {} local events so far", storage->last_local.number.value());
  if (const std::optional<journal::Damage> damage = storage->local_journal->damage()) {
    log::Error("local journal: {}; the events there are lost", damage->what);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Storage> OpenStorage(io::Loop* loop, const Config& config,
                                    const std::string& new_id) {
  Storage storage;
  storage.reading = io::MakeThreadWorker(loop, "journal-read");
  PEAL_RETURN_IF_ERROR(OpenOrder(loop, config, new_id, &storage));
  PEAL_RETURN_IF_ERROR(OpenLocal(loop, config, &storage));
  return storage;
}

}  // namespace peal::daemon
