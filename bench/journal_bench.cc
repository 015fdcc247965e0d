#include "bench/journal_bench.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "bench/scratch_folder.h"
#include "core/base/check.h"
#include "core/base/percentile.h"
#include "core/base/status_macros.h"
#include "core/io/posix_file_ops.h"
#include "core/io/thread_worker.h"
#include "core/journal/open_journal.h"

namespace peal::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kSyncSamplesMax = 1'000'000;
// As a daemon's, but for how much stays: the measurement needs little room on the disk.
constexpr journal::JournalOptions kJournalOptions = {.retain_bytes = uint64_t{256} << 20};

// Appends and syncs as a replica does: one sync at a time, for all that was appended before it.
class Load {
 public:
  Load(io::Loop* loop, journal::Journal* journal, const JournalBenchOptions& options)
      : loop_(loop),
        journal_(journal),
        payload_(std::make_shared<const std::string>(options.record_bytes, 'x')),
        half_(std::max<uint64_t>(options.outstanding / 2, 1)),
        overlaps_(options.outstanding > 1),
        start_(Clock::now()),
        end_(start_ + options.time) {}

  absl::StatusOr<JournalBenchRow> Run() {
    loop_->Post([this] {
      Append();
      Sync();
    });
    loop_->Run();
    PEAL_RETURN_IF_ERROR(failure_);
    std::sort(sync_us_.begin(), sync_us_.end());
    const double records = static_cast<double>(durable_.value());
    const double seconds = std::chrono::duration<double>(ended_ - start_).count();
    return JournalBenchRow{.records = durable_.value(),
                           .seconds = seconds,
                           .records_per_s = records / seconds,
                           .bytes_per_s = records * static_cast<double>(payload_->size()) / seconds,
                           .syncs = syncs_,
                           .sync_p50_us = base::Percentile(sync_us_, 0.50),
                           .sync_p99_us = base::Percentile(sync_us_, 0.99)};
  }

 private:
  void Append() {
    for (uint64_t i = 0; i < half_; ++i) {
      last_ = last_.Next();
      journal_->Append({.index = last_, .epoch = Epoch(1), .kind = 1, .payload = payload_});
    }
  }

  void Sync() {
    const Clock::time_point asked = Clock::now();
    journal_->SetMarks({.confirmed = durable_, .committed = durable_});
    if (journal_->WantsCheckpoint()) {
      journal_->AddCheckpoint({.index = durable_, .sequence = Sequence(durable_.value())});
    }
    journal_->Sync([this, asked, upto = last_](const absl::Status& status) {
      ++syncs_;
      if (sync_us_.size() < kSyncSamplesMax) {
        sync_us_.push_back(std::chrono::duration<double, std::micro>(Clock::now() - asked).count());
      }
      OnSynced(upto, status);
    });
    if (overlaps_) {
      Append();
    }
  }

  void OnSynced(Index upto, const absl::Status& status) {
    failure_ = status;
    ended_ = Clock::now();
    durable_ = status.ok() ? upto : durable_;
    if (!status.ok() || (ended_ >= end_ && upto == last_)) {
      loop_->Stop();
      return;
    }
    if (ended_ >= end_) {
      overlaps_ = false;  // One more sync, for what is appended already.
    } else if (!overlaps_) {
      Append();
    }
    Sync();
  }

  io::Loop* const loop_;
  journal::Journal* const journal_;
  const std::shared_ptr<const std::string> payload_;
  const uint64_t half_;
  bool overlaps_;
  const Clock::time_point start_;
  const Clock::time_point end_;
  Clock::time_point ended_;
  Index last_;
  Index durable_;
  absl::Status failure_;
  uint64_t syncs_ = 0;
  std::vector<double> sync_us_;  // Of the first kSyncSamplesMax.
};

}  // namespace

absl::StatusOr<JournalBenchRow> RunJournalBench(const JournalBenchOptions& options) {
  PEAL_CHECK(options.record_bytes > 0 && options.outstanding > 0);
  PEAL_ASSIGN_OR_RETURN(const ScratchFolder scratch, ScratchFolder::Make(options.folder));
  PEAL_ASSIGN_OR_RETURN(const std::unique_ptr<io::FileOps> files,
                        io::MakePosixFileOps(scratch.path()));
  const std::unique_ptr<io::Loop> loop = io::MakeAsioLoop();
  const std::unique_ptr<io::Worker> writing = io::MakeThreadWorker(loop.get(), "bench-write");
  const std::unique_ptr<io::Worker> reading = io::MakeThreadWorker(loop.get(), "bench-read");
  PEAL_ASSIGN_OR_RETURN(
      const journal::OpenedJournal opened,
      journal::OpenJournal({loop.get(), files.get(), writing.get(), reading.get()},
                           std::string(16, 'b'), kJournalOptions));
  return Load(loop.get(), opened.journal.get(), options).Run();
}

}  // namespace peal::bench
