#include "tests/sim/sim_journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace peal::sim {

using journal::Checkpoint;
using journal::Marks;
using journal::Record;

void JournalImage::Append(const Record& record) {
  PEAL_CHECK(record.index.value() == records.size() + 1);
  records.push_back(record);
  if (record.opens_epoch) {
    log_epoch = std::max(log_epoch, record.epoch);
    promised = std::max(promised, record.epoch);
  }
}

void JournalImage::TruncateAfter(Index index, bool epoch_falls) {
  PEAL_CHECK(index >= marks.committed);
  PEAL_CHECK(index.value() <= records.size());
  records.resize(index.value());
  marks.confirmed = std::min(marks.confirmed, index);
  if (!epoch_falls) {
    return;
  }
  log_epoch = Epoch(0);
  for (const Record& record : records) {
    if (record.opens_epoch) {
      log_epoch = std::max(log_epoch, record.epoch);
    }
  }
}

class SimJournal : public journal::Journal {
 public:
  SimJournal(SimDisk* disk, SimLoop* loop) : disk_(disk), loop_(loop), image_(disk->durable_) {}

  const std::string& id() const override { return image_.id; }
  void Append(Record record) override { Take(std::move(record)); }
  void TruncateAfter(Index index) override { Take(SimDisk::Truncate{index}); }
  void StorePromise(Epoch promised) override { Take(promised); }
  void SetMarks(const Marks& marks) override {
    PEAL_CHECK(marks.committed >= image_.marks.committed);
    Take(marks);
  }
  void AddNote(Index /*index*/, std::string /*note*/) override {}
  bool WantsCheckpoint() const override { return disk_->prng_->Chance(disk_->profile_.checkpoint); }
  void AddCheckpoint(Checkpoint checkpoint) override {
    PEAL_CHECK(checkpoint.index >= image_.checkpoint.index);
    PEAL_CHECK(checkpoint.index <= image_.marks.committed);
    disk_->stats_->Add(Count::kCheckpoints);
    Take(std::move(checkpoint));
  }

  void Sync(std::function<void(absl::Status)> done) override {
    PEAL_CHECK(!syncing_);
    syncing_ = true;
    const size_t count = disk_->unsynced_.size();
    const int64_t delay =
        disk_->prng_->Between(disk_->profile_.fsync_us / 4, disk_->profile_.fsync_us);
    // The disk goes on while the process is paused, but the process hears of it later.
    loop_->AfterUs(delay, [this, count, done = std::move(done)] {
      syncing_ = false;
      disk_->Settle(count);
      done(absl::OkStatus());
    });
  }

  Index first() const override { return Index(image_.records.empty() ? 0 : 1); }
  Index last() const override { return Index(image_.records.size()); }

  void Read(Index from, size_t bytes_max, ReadCallback done) override {
    absl::StatusOr<std::vector<Record>> result = absl::NotFoundError("not held");
    if (from > Index(0) && from <= last()) {
      result = std::vector<Record>();
      size_t bytes = 0;
      // Small pieces, so that a transfer takes several.
      for (size_t i = from.value() - 1;
           i < image_.records.size() && bytes < bytes_max && result->size() < kReadMax; ++i) {
        bytes += image_.records[i].payload->size();
        result->push_back(image_.records[i]);
      }
    }
    loop_->AfterUs(disk_->prng_->Between(0, disk_->profile_.read_us),
                   [done = std::move(done), result = std::move(result)] { done(result); });
  }

  std::vector<journal::Place> Places() const override { return {}; }
  void ReadSummary(Index /*index*/, SummaryCallback done) override {
    loop_->Post([done = std::move(done)] { done(absl::NotFoundError("not held")); });
  }

 private:
  static constexpr size_t kReadMax = 8;

  void Take(SimDisk::Order order) {
    disk_->Apply(order, &image_);
    disk_->unsynced_.push_back(std::move(order));
  }

  SimDisk* const disk_;
  SimLoop* const loop_;
  JournalImage image_;
  bool syncing_ = false;
};

SimDisk::SimDisk(uint32_t node, const Profile& profile, base::Prng* prng, Stats* stats)
    : node_(node), profile_(profile), prng_(prng), stats_(stats) {
  durable_.id = NewId();
}

std::string SimDisk::NewId() {
  return fmt::format("journal{:04}-{:04}", node_, ++ids_);
}

std::unique_ptr<journal::Journal> SimDisk::Open(SimLoop* loop, journal::Recovered* recovered) {
  PEAL_CHECK(unsynced_.empty());
  *recovered = {.id = durable_.id,
                .promised = durable_.promised,
                .log_epoch = durable_.log_epoch,
                .marks = durable_.marks,
                .checkpoint = durable_.checkpoint,
                .records = {durable_.records.begin() +
                                static_cast<std::ptrdiff_t>(durable_.checkpoint.index.value()),
                            durable_.records.end()}};
  return std::make_unique<SimJournal>(this, loop);
}

void SimDisk::Apply(const Order& order, JournalImage* image) const {
  if (const auto* record = std::get_if<Record>(&order)) {
    image->Append(*record);
  } else if (const auto* truncate = std::get_if<Truncate>(&order)) {
    image->TruncateAfter(truncate->after, profile_.log_epoch_falls > 0);
  } else if (const auto* promised = std::get_if<Epoch>(&order)) {
    image->promised = std::max(image->promised, *promised);
  } else if (const auto* marks = std::get_if<Marks>(&order)) {
    image->marks = *marks;
  } else if (const auto* checkpoint = std::get_if<Checkpoint>(&order)) {
    image->checkpoint = *checkpoint;
  }
}

void SimDisk::Settle(size_t count) {
  for (size_t i = 0; i < count; ++i) {
    Apply(unsynced_.front(), &durable_);
    unsynced_.pop_front();
  }
}

bool SimDisk::Crash(bool power_loss) {
  const size_t size = unsynced_.size();
  // A process that dies leaves what it wrote to the kernel; it may have been about to write.
  const size_t kept = size == 0 ? 0 : prng_->Below(size + 1);
  Settle(!power_loss && prng_->Chance(0.5) ? size : kept);
  const bool lost = !unsynced_.empty();
  unsynced_.clear();
  return lost;
}

void SimDisk::Empty(bool keep_id) {
  const std::string id = durable_.id;
  durable_ = {};
  durable_.id = keep_id ? id : NewId();
  unsynced_.clear();
  saved_.reset();
}

bool SimDisk::Restore() {
  if (!saved_) {
    return false;
  }
  durable_ = *saved_;
  unsynced_.clear();
  return true;
}

}  // namespace peal::sim
