#include "core/server/answer_queue.h"

#include <utility>

#include "core/base/check.h"

namespace peal::server {

AnswerSlot AnswerQueue::Open(bool silent) {
  entries_.push_back({.silent = silent, .filled = false, .result = {}});
  return first_.Plus(entries_.size() - 1);
}

void AnswerQueue::Fill(AnswerSlot slot, proto::PublishResult result,
                       const std::function<void(proto::PublishResult*)>& send) {
  PEAL_CHECK(slot >= first_);
  PEAL_CHECK(slot < first_.Plus(entries_.size()));
  Entry& entry = entries_[slot.value() - first_.value()];
  PEAL_CHECK(!entry.filled);
  entry.filled = true;
  entry.result = std::move(result);
  while (!entries_.empty() && entries_.front().filled) {
    if (!entries_.front().silent) {
      send(&entries_.front().result);
    }
    entries_.pop_front();
    first_ = first_.Next();
  }
}

}  // namespace peal::server
