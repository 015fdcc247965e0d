// A journal that forgets everything with the process. A daemon that comes back has a new journal
// and with it a new journal id, so that it never votes on the strength of what it has forgotten.
#pragma once

#include <deque>
#include <string>

#include "core/io/loop.h"
#include "core/journal/journal.h"

namespace peal::journal {

class MemoryJournal : public Journal {
 public:
  // Holds about `bytes_max`: beyond it the oldest records go. `loop` outlives the journal.
  MemoryJournal(io::Loop* loop, std::string id, size_t bytes_max);

  const std::string& id() const override { return id_; }
  void Append(Record record) override;
  void TruncateAfter(Index index) override;
  void StorePromise(Epoch promised) override;
  void SetMarks(const Marks& /*marks*/) override {}
  bool WantsCheckpoint() const override { return false; }
  void AddCheckpoint(Checkpoint /*checkpoint*/) override {}
  void Sync(std::function<void(absl::Status)> done) override;
  Index first() const override;
  Index last() const override { return last_; }
  void AddNote(Index /*index*/, std::string /*note*/) override {}
  std::vector<Place> Places() const override { return {}; }
  void ReadSummary(Index index, SummaryCallback done) override;
  void Read(Index from, size_t bytes_max, ReadCallback done) override;

 private:
  io::Loop* const loop_;
  const std::string id_;
  const size_t bytes_max_;
  std::deque<Record> records_;  // Dense in index.
  Index last_;
  size_t bytes_ = 0;
};

}  // namespace peal::journal
