// A journal in memory with the durability that core/journal/journal.h promises, and no more: what
// is not synced when the process dies survives as some prefix of the calls.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/prng.h"
#include "core/journal/journal.h"
#include "tests/sim/disk.h"
#include "tests/sim/profile.h"
#include "tests/sim/sim_loop.h"
#include "tests/sim/stats.h"

namespace peal::sim {

// What a journal amounts to. All records are kept: what is before the checkpoint, too.
struct JournalImage {
  std::string id;
  Epoch promised;
  Epoch log_epoch;
  journal::Marks marks;
  journal::Checkpoint checkpoint;
  std::vector<journal::Record> records;  // Dense, from 1.

  void Append(const journal::Record& record);
  // `epoch_falls`: an epoch is forgotten with the record that opened it.
  void TruncateAfter(Index index, bool epoch_falls);
};

class SimDisk : public Disk {
 public:
  SimDisk(uint32_t node, const Profile& profile, base::Prng* prng, Stats* stats);

  std::unique_ptr<journal::Journal> Open(SimLoop* loop, journal::Recovered* recovered) override;
  void Die(bool /*power_loss*/) override {}
  bool Crash(bool power_loss) override;
  void Empty(bool keep_id) override;
  void Save() override { saved_ = durable_; }
  bool Restore() override;
  bool Holds() const override { return !durable_.records.empty(); }
  void Fail() override {}
  void SetFull(bool /*full*/) override {}
  const std::string& problem() const override { return problem_; }
  bool damaged() const override { return false; }

 private:
  friend class SimJournal;
  struct Truncate {
    Index after;
  };
  using Order = std::variant<journal::Record, Truncate, Epoch, journal::Marks, journal::Checkpoint>;

  void Apply(const Order& order, JournalImage* image) const;
  // Makes the first `count` unsynced orders durable.
  void Settle(size_t count);
  std::string NewId();

  const uint32_t node_;
  const Profile& profile_;
  base::Prng* const prng_;
  Stats* const stats_;
  uint32_t ids_ = 0;
  JournalImage durable_;
  std::optional<JournalImage> saved_;
  std::deque<Order> unsynced_;
  const std::string problem_;
};

}  // namespace peal::sim
