#include "tests/sim/segmented_disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace peal::sim {
namespace {

// A worker's thread on the virtual clock: one thing after the other, each after some time. What it
// has not done when its process dies is not done.
class SimWorker : public io::Worker {
 public:
  SimWorker(SimLoop* loop, Clock* clock, base::Prng* prng, int64_t longest_us)
      : loop_(loop), clock_(clock), prng_(prng), longest_us_(longest_us) {}

  void Submit(std::function<void()> work, std::function<void()> done) override {
    free_at_us_ =
        std::max(free_at_us_, clock_->now_us()) + prng_->Between(longest_us_ / 4, longest_us_);
    loop_->AfterUs(free_at_us_ - clock_->now_us(),
                   [work = std::move(work), done = std::move(done)] {
                     work();
                     if (done) {
                       done();
                     }
                   });
  }

 private:
  SimLoop* const loop_;
  Clock* const clock_;
  base::Prng* const prng_;
  const int64_t longest_us_;
  int64_t free_at_us_ = 0;
};

}  // namespace

SegmentedDisk::SegmentedDisk(uint32_t node, const Profile& profile, Clock* clock, base::Prng* prng,
                             Stats* stats)
    : node_(node),
      profile_(profile),
      clock_(clock),
      prng_(prng),
      stats_(stats),
      next_id_(NewId()),
      files_(std::make_unique<testing_support::FaultFiles>(prng->Next())) {}

SegmentedDisk::~SegmentedDisk() = default;

std::string SegmentedDisk::NewId() {
  return fmt::format("segment{:04}-{:04}", node_, ++ids_);
}

std::unique_ptr<journal::Journal> SegmentedDisk::Open(SimLoop* loop,
                                                      journal::Recovered* recovered) {
  writing_ = std::make_unique<SimWorker>(loop, clock_, prng_, profile_.fsync_us);
  reading_ = std::make_unique<SimWorker>(loop, clock_, prng_, profile_.read_us);
  const journal::JournalOptions options{.segment_bytes = profile_.segment_bytes,
                                        .cache_bytes = profile_.cache_bytes,
                                        .retain_bytes = profile_.retain_bytes};
  absl::StatusOr<journal::OpenedJournal> opened =
      journal::OpenJournal({loop, files_.get(), writing_.get(), reading_.get()}, next_id_, options);
  if (!opened.ok()) {
    problem_ = std::string(opened.status().message());
    damaged_ = absl::IsDataLoss(opened.status());
    return nullptr;
  }
  stats_->Add(Count::kSegmentedOpened);
  holds_ = !opened->recovered.records.empty() || opened->recovered.checkpoint.index > Index(0);
  *recovered = std::move(opened->recovered);
  return std::move(opened->journal);
}

void SegmentedDisk::Die(bool power_loss) {
  // Before the journal goes: nothing that it still says reaches a file.
  if (power_loss) {
    files_->LosePower();
  } else {
    files_->KillProcess();
  }
}

bool SegmentedDisk::Crash(bool power_loss) {
  writing_.reset();
  reading_.reset();
  return power_loss;
}

void SegmentedDisk::Empty(bool keep_id) {
  files_ = std::make_unique<testing_support::FaultFiles>(prng_->Next());
  if (!keep_id) {
    next_id_ = NewId();
  }
  holds_ = false;
}

void SegmentedDisk::Fail() {
  if (prng_->Chance(0.5)) {
    files_->FailNextSync();
  } else {
    files_->FailNextWrite();
  }
}

void SegmentedDisk::SetFull(bool full) {
  files_->SetRoom(full ? 1 : UINT64_MAX);
}

}  // namespace peal::sim
