// A disk with the real journal on it: segment files in a simulated folder that loses, tears and
// garbles what is not synced, fails and runs full.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/base/prng.h"
#include "core/journal/open_journal.h"
#include "tests/sim/clock.h"
#include "tests/sim/disk.h"
#include "tests/sim/profile.h"
#include "tests/sim/stats.h"
#include "tests/support/fault_files.h"

namespace peal::sim {

class SegmentedDisk : public Disk {
 public:
  // All outlive the disk.
  SegmentedDisk(uint32_t node, const Profile& profile, Clock* clock, base::Prng* prng,
                Stats* stats);
  ~SegmentedDisk() override;
  SegmentedDisk(const SegmentedDisk&) = delete;
  SegmentedDisk& operator=(const SegmentedDisk&) = delete;

  std::unique_ptr<journal::Journal> Open(SimLoop* loop, journal::Recovered* recovered) override;
  void Die(bool power_loss) override;
  bool Crash(bool power_loss) override;
  void Empty(bool keep_id) override;
  // No copies of this kind of disk are kept.
  void Save() override {}
  bool Restore() override { return false; }
  bool Holds() const override { return holds_; }
  void Fail() override;
  void SetFull(bool full) override;
  const std::string& problem() const override { return problem_; }
  bool damaged() const override { return damaged_; }

 private:
  std::string NewId();

  const uint32_t node_;
  const Profile& profile_;
  Clock* const clock_;
  base::Prng* const prng_;
  Stats* const stats_;
  uint32_t ids_ = 0;
  std::string next_id_;
  bool holds_ = false;
  std::string problem_;
  bool damaged_ = false;
  std::unique_ptr<testing_support::FaultFiles> files_;
  std::unique_ptr<io::Worker> writing_;
  std::unique_ptr<io::Worker> reading_;
};

}  // namespace peal::sim
