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

const Record* MemoryJournal::Read(Index index) const {
  if (records_.empty() || index < records_.front().index || index > last_) {
    return nullptr;
  }
  return &records_[index.value() - records_.front().index.value()];
}

}  // namespace peal::journal
