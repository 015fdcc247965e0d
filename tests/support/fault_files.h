// A folder in memory on a disk that can do what disks do: forget and garble what was not synced,
// run full, fail, rot. Deterministic: what is random comes from the seed.
//
// Each file has two images: the one that programs see, and the one that a power loss leaves. A
// write reaches the second with a sync of the file, a name with a sync of the folder.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/io/file_ops.h"

namespace peal::testing_support {

class FaultFiles : public io::FileOps {
 public:
  static constexpr size_t kSectorBytes = 512;

  explicit FaultFiles(uint64_t seed = 1) : random_(seed) {}

  absl::StatusOr<std::unique_ptr<io::File>> Create(const std::string& name) override;
  absl::StatusOr<std::unique_ptr<io::File>> Open(const std::string& name) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  absl::Status Remove(const std::string& name) override;
  absl::StatusOr<std::vector<std::string>> List() override;
  absl::Status SyncFolder() override;

  // Power goes and comes back. Of what was not synced, each sector is kept, lost or garbled by
  // itself, sizes are the old, the new or between; of the folder's changes the first few are kept,
  // and of those any removal may be lost. Bytes that were synced stay. Files that were open fail
  // from now on.
  void LosePower();
  // The process goes: files that were open fail from now on, and nothing is lost.
  void KillProcess() { ++era_; }

  // The power goes when so many more operations have been begun that change something; the one that
  // comes after them does nothing, and all others fail until LosePower().
  void CutPowerAfter(uint64_t operations) { operations_left_ = operations; }
  bool power_is_out() const { return operations_left_ == 0; }
  // So far.
  uint64_t operations() const { return operations_; }

  // Files may have so many bytes together. A write that does not fit is done in part.
  void SetRoom(uint64_t bytes) { room_ = bytes; }
  // Reserve() finds out too; false: it does nothing, as on some file systems.
  void SetReserves(bool reserves) { reserves_ = reserves; }
  // The next sync of a file fails, and what it would have made durable never is, unless it is
  // written again: as Linux does it.
  void FailNextSync() { fail_next_sync_ = true; }
  // The next write of a file fails with an I/O error, done in part.
  void FailNextWrite() { fail_next_write_ = true; }

  // What is in a file, and changing it in both images, by whoever has the disk in hand.
  std::string Contents(const std::string& name) const;
  void SetContents(const std::string& name, const std::string& bytes);
  void FlipBit(const std::string& name, uint64_t offset, unsigned bit = 0);
  // No file: as Remove(), but durable.
  void Lose(const std::string& name);
  bool Has(const std::string& name) const { return names_.contains(name); }

 private:
  friend class FaultFile;

  struct Image {
    std::string seen;
    std::string durable;
    std::set<size_t> unsynced;  // Sectors that differ, or may.
  };
  using Names = std::map<std::string, std::shared_ptr<Image>>;

  // Counts an operation that changes something; an error: the power is out.
  absl::Status Begin();
  uint64_t Below(uint64_t limit) { return random_() % limit; }
  void LosePowerOf(Image* image);
  uint64_t RoomLeft() const;

  std::mt19937_64 random_;
  Names names_;
  // The folder as it was when it was last synced, and after each change since.
  std::vector<Names> durable_names_{Names()};
  Names removed_;  // Since then.
  uint64_t era_ = 0;
  uint64_t operations_ = 0;
  uint64_t operations_left_ = UINT64_MAX;
  uint64_t room_ = UINT64_MAX;
  bool reserves_ = true;
  bool fail_next_sync_ = false;
  bool fail_next_write_ = false;
};

}  // namespace peal::testing_support
