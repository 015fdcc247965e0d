#include "ordering/outbox.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace peal::ordering {

void Outbox::Add(const Submitted& submitted) {
  const size_t bytes = submitted.event.size() + submitted.cursor.size();
  if (!open_tokens_.empty() && open_event_bytes_ + bytes > kBatchBytesMax) {
    CloseBatch();
  }
  open_.Add({.event = submitted.event,
             .key = submitted.key,
             .subject = submitted.subject,
             .expect_subject = submitted.expect_subject,
             .client = submitted.client,
             .cursor = submitted.cursor});
  open_tokens_.push_back(submitted.token);
  open_event_bytes_ += bytes;
  window_bytes_ += bytes;
  window_events_ += 1;
}

void Outbox::CloseBatch() {
  PEAL_CHECK(!open_tokens_.empty());
  last_ = last_.Next();
  batches_.push_back({.number = last_,
                      .payload = open_.Finish({node_, incarnation_, last_}),
                      .tokens = std::exchange(open_tokens_, {}),
                      .event_bytes = std::exchange(open_event_bytes_, 0)});
}

const std::string* Outbox::Next() {
  if (sent_.value() - returned_.value() >= kInFlightMax) {
    return nullptr;
  }
  if (sent_ == last_) {
    if (open_tokens_.empty()) {
      return nullptr;
    }
    CloseBatch();
  }
  sent_ = sent_.Next();
  PEAL_CHECK(!batches_.empty());
  PEAL_CHECK(batches_.front().number <= sent_);
  const Closed& batch = batches_[sent_.value() - batches_.front().number.value()];
  PEAL_CHECK(batch.number == sent_);
  return &batch.payload;
}

void Outbox::SendAgainAfter(BatchNumber number) {
  // What is applied is in every log to come.
  PEAL_CHECK(batches_.empty() || number.Next() >= batches_.front().number);
  PEAL_CHECK(number <= last_);
  sent_ = number;
  returned_ = number;
}

void Outbox::Returned(BatchNumber number) {
  PEAL_CHECK(number == returned_.Next());
  returned_ = number;
  // A repeated send can come back after SendAgainAfter() counted it as missing.
  sent_ = std::max(sent_, returned_);
}

std::vector<uint64_t> Outbox::Applied(BatchNumber number) {
  PEAL_CHECK(!batches_.empty());
  Closed batch = std::move(batches_.front());
  batches_.pop_front();
  PEAL_CHECK(batch.number == number);
  window_bytes_ -= batch.event_bytes;
  window_events_ -= batch.tokens.size();
  return std::move(batch.tokens);
}

std::vector<uint64_t> Outbox::AppliedThrough(BatchNumber number) {
  std::vector<uint64_t> tokens;
  while (!batches_.empty() && batches_.front().number <= number) {
    const std::vector<uint64_t> more = Applied(batches_.front().number);
    tokens.insert(tokens.end(), more.begin(), more.end());
  }
  return tokens;
}

}  // namespace peal::ordering
