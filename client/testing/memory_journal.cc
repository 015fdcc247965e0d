#include "client/testing/memory_journal.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace peal::testing {

using journal::Record;

journal::Recovered MemoryDisk::Recover() const {
  return {.id = id,
          .promised = promised,
          .log_epoch = log_epoch,
          .marks = marks,
          .checkpoint = {},
          .records = records};
}

void MemoryDisk::TrimTo(const journal::Place& place) {
  PEAL_CHECK(holds(place.index));
  const auto count = static_cast<std::ptrdiff_t>(place.index.value() - trimmed.index.value());
  records.erase(records.begin(), records.begin() + count);
  trimmed = place;
}

void MemoryJournal::Append(Record record) {
  PEAL_CHECK(record.index == last().Next());
  if (record.opens_epoch) {
    disk_->log_epoch = std::max(disk_->log_epoch, record.epoch);
    StorePromise(record.epoch);
  }
  disk_->records.push_back(std::move(record));
}

void MemoryJournal::TruncateAfter(Index index) {
  PEAL_CHECK(index >= disk_->marks.committed);
  disk_->records.resize(index.value() - disk_->trimmed.index.value());
  disk_->marks.confirmed = std::min(disk_->marks.confirmed, index);
}

void MemoryJournal::StorePromise(Epoch promised) {
  disk_->promised = std::max(disk_->promised, promised);
}

void MemoryJournal::AddNote(Index index, std::string note) {
  PEAL_CHECK(disk_->holds(index));
  disk_->records[index.value() - disk_->trimmed.index.value() - 1].note = std::move(note);
}

void MemoryJournal::AddCheckpoint(journal::Checkpoint /*checkpoint*/) {
  PEAL_CHECK(false);
}

void MemoryJournal::Sync(std::function<void(absl::Status)> done) {
  loop_->Post([done = std::move(done)] { done(absl::OkStatus()); });
}

Index MemoryJournal::first() const {
  return disk_->records.empty() ? Index(0) : disk_->trimmed.index.Next();
}

void MemoryJournal::Read(Index from, size_t bytes_max, ReadCallback done) {
  absl::StatusOr<std::vector<Record>> read = absl::NotFoundError("not held");
  if (disk_->holds(from)) {
    read = std::vector<Record>();
    size_t bytes = 0;
    for (Index at = from; disk_->holds(at) && (at == from || bytes < bytes_max); at = at.Next()) {
      read->push_back(disk_->at(at));
      bytes += read->back().payload->size();
    }
  }
  loop_->Post([done = std::move(done), read = std::move(read)] { done(read); });
}

// The one place that there is: of a log that is held from its beginning, where nothing is before.
void MemoryJournal::ReadSummary(Index index, SummaryCallback done) {
  absl::StatusOr<std::string> summary = std::string();
  if (index != Index(0) || disk_->trimmed.index != Index(0)) {
    summary = absl::NotFoundError("not held");
  }
  loop_->Post([done = std::move(done), summary = std::move(summary)] { done(summary); });
}

void MemoryJournal::Mend(std::vector<Record> /*records*/,
                         std::function<void(absl::Status)> /*done*/) {
  PEAL_CHECK(false);  // Nothing is damaged.
}

}  // namespace peal::testing
