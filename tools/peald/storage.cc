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
          .retain_unread_bytes = config.journal_retain_unread_bytes,
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
  std::string name;  // Of its folder in the data folder, and of its threads.
  journal::JournalOptions options;
  std::string new_id;  // If one has to be made.
  std::string_view consequence;
  // DataLoss: what the journal holds is not what it should be.
  std::function<absl::Status(const journal::Recovered& recovered)> take;
};

absl::Status OpenOnce(io::Loop* loop, const Kind& kind, const std::string& new_id,
                      JournalStore* store) {
  PEAL_ASSIGN_OR_RETURN(
      journal::OpenedJournal opened,
      journal::OpenJournal({loop, store->files.get(), store->writing.get(), store->reading.get()},
                           new_id, kind.options));
  PEAL_RETURN_IF_ERROR(kind.take(opened.recovered));
  store->journal = std::move(opened.journal);
  return absl::OkStatus();
}

absl::StatusOr<JournalStore> Open(io::Loop* loop, const std::string& data_dir, const Kind& kind) {
  const std::string folder = data_dir + "/" + kind.name;
  JournalStore store;
  PEAL_ASSIGN_OR_RETURN(store.files, io::MakePosixFileOps(folder));
  store.writing = io::MakeThreadWorker(loop, kind.name + "-write");
  store.reading = io::MakeThreadWorker(loop, kind.name + "-read");
  absl::Status status = OpenOnce(loop, kind, kind.new_id, &store);
  if (absl::IsDataLoss(status)) {
    log::Error("the journal in {} is damaged: {}", folder, std::string(status.message()));
    PEAL_RETURN_IF_ERROR(journal::SetAsideDamaged(store.files.get()));
    log::Error("its files are now called {}/damaged-*; {}", folder, kind.consequence);
    status = OpenOnce(loop, kind, NewJournalId(), &store);
  }
  PEAL_RETURN_IF_ERROR(status);
  return store;
}

absl::Status OpenOrder(io::Loop* loop, const Config& config, const std::string& new_id,
                       Storage* storage) {
  const Kind kind{.name = "journal",
                  .options = OrderOptions(config),
                  .new_id = new_id.empty() ? NewJournalId() : new_id,
                  .consequence = "this node begins with a new journal",
                  .take = [storage](const journal::Recovered& recovered) {
                    PEAL_ASSIGN_OR_RETURN(storage->recovered, ordering::FromJournal(recovered));
                    return absl::OkStatus();
                  }};
  PEAL_ASSIGN_OR_RETURN(storage->order, Open(loop, config.data_dir, kind));
  log::Info("journal: {} entries after a checkpoint", storage->recovered.entries.size());
  return absl::OkStatus();
}

absl::Status OpenLocal(io::Loop* loop, const Config& config, Storage* storage) {
  const Kind kind{.name = "local",
                  .options = LocalOptions(config),
                  .new_id = NewJournalId(),
                  .consequence = "the local events of before are not shown any more",
                  .take = [storage](const journal::Recovered& recovered) {
                    PEAL_ASSIGN_OR_RETURN(storage->last_local, server::LastPlaceOf(recovered));
                    return absl::OkStatus();
                  }};
  PEAL_ASSIGN_OR_RETURN(storage->local, Open(loop, config.data_dir, kind));
  log::Info("local journal: {} local events so far", storage->last_local.number.value());
  if (const std::optional<journal::Damage> damage = storage->local.journal->damage()) {
    log::Error("local journal: {}; the events there are lost", damage->what);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Storage> OpenStorage(io::Loop* loop, const Config& config,
                                    const std::string& new_id) {
  Storage storage;
  PEAL_RETURN_IF_ERROR(OpenOrder(loop, config, new_id, &storage));
  PEAL_RETURN_IF_ERROR(OpenLocal(loop, config, &storage));
  return storage;
}

}  // namespace peal::daemon
