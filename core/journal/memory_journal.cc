#include "core/journal/memory_journal.h"

#include <utility>

#include "core/base/check.h"

namespace peal::journal {
namespace {

// What a record costs beside its payload.
constexpr size_t kRecordBytes = sizeof(Record) + 64;

size_t Cost(const Record& record) {
  return kRecordBytes + record.payload->size();
}

}  // namespace

MemoryJournal::MemoryJournal(io::Loop* loop, std::string id, size_t bytes_max)
    : loop_(loop), id_(std::move(id)), bytes_max_(bytes_max) {
  PEAL_CHECK(id_.size() == 16);
}

void MemoryJournal::Append(Record record) {
  PEAL_CHECK(record.index == last_.Next());
  PEAL_CHECK(record.payload != nullptr);
  last_ = record.index;
  bytes_ += Cost(record);
  records_.push_back(std::move(record));
  while (bytes_ > bytes_max_ && records_.size() > 1) {
    bytes_ -= Cost(records_.front());
    records_.pop_front();
  }
}

void MemoryJournal::TruncateAfter(Index index) {
  PEAL_CHECK(index <= last_);
  while (!records_.empty() && records_.back().index > index) {
    bytes_ -= Cost(records_.back());
    records_.pop_back();
  }
  last_ = index;
}

void MemoryJournal::StorePromise(Epoch /*promised*/) {
  // The machine itself remembers it for as long as this journal exists.
}

void MemoryJournal::Sync(std::function<void(absl::Status)> done) {
  loop_->Post([done = std::move(done)] { done(absl::OkStatus()); });
}

Index MemoryJournal::first() const {
  return records_.empty() ? Index(0) : records_.front().index;
}

void MemoryJournal::ReadSummary(Index /*index*/, SummaryCallback done) {
  loop_->Post([done = std::move(done)] { done(absl::NotFoundError("not held")); });
}

void MemoryJournal::Read(Index from, size_t bytes_max, ReadCallback done) {
  absl::StatusOr<std::vector<Record>> result = absl::NotFoundError("not held");
  if (!records_.empty() && from >= records_.front().index && from <= last_) {
    result = std::vector<Record>();
    size_t bytes = 0;
    for (size_t i = from.value() - records_.front().index.value();
         i < records_.size() && (bytes == 0 || bytes < bytes_max); ++i) {
      bytes += Cost(records_[i]);
      result->push_back(records_[i]);
    }
  }
  loop_->Post(
      [done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); });
}

}  // namespace peal::journal
