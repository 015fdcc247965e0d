// A journal in memory, which never fails.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/io/loop.h"
#include "core/journal/journal.h"
#include "core/journal/upkeep.h"

namespace peal::testing {

// What outlives the daemon whose journal it is. Records are dense, from the one after `trimmed`.
struct MemoryDisk {
  std::string id;  // 16 bytes.
  Epoch promised;
  Epoch log_epoch;
  journal::Marks marks;
  journal::Place trimmed;  // Everything up to here is gone.
  std::vector<journal::Record> records;

  journal::Recovered Recover() const;
  // Forgets the records up to `place.index`, which is held.
  void TrimTo(const journal::Place& place);
  Index last() const { return trimmed.index.Plus(records.size()); }
  bool holds(Index index) const { return index > trimmed.index && index <= last(); }
  const journal::Record& at(Index index) const {
    return records[index.value() - trimmed.index.value() - 1];
  }
};

// One thread. What is appended is as good as synced.
class MemoryJournal : public journal::Journal, public journal::Upkeep {
 public:
  // Both outlive the journal.
  MemoryJournal(io::Loop* loop, MemoryDisk* disk) : loop_(loop), disk_(disk) {}

  const std::string& id() const override { return disk_->id; }
  void Append(journal::Record record) override;
  void TruncateAfter(Index index) override;
  void StorePromise(Epoch promised) override;
  void SetMarks(const journal::Marks& marks) override { disk_->marks = marks; }
  void AddNote(Index index, std::string note) override;
  bool WantsCheckpoint() const override { return false; }
  // Only a state that was taken over in place of the log brings one, and no log here lacks
  // anything.
  void AddCheckpoint(journal::Checkpoint checkpoint) override;
  void Sync(std::function<void(absl::Status)> done) override;
  Index first() const override;
  Index last() const override { return disk_->last(); }
  void Read(Index from, size_t bytes_max, ReadCallback done) override;
  std::vector<journal::Place> Places() const override { return {disk_->trimmed}; }
  void ReadSummary(Index index, SummaryCallback done) override;

  void Scrub() override {}
  std::optional<journal::Damage> damage() const override { return std::nullopt; }
  void Mend(std::vector<journal::Record> records, std::function<void(absl::Status)> done) override;
  void KeepAfter(std::optional<Sequence> /*sequence*/) override {}
  std::optional<Sequence> endangered() const override { return std::nullopt; }

 private:
  io::Loop* const loop_;
  MemoryDisk* const disk_;
};

}  // namespace peal::testing
