#include "ordering/outbox.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "proto/group.pb.h"

namespace peal::ordering {

void Outbox::Add(Submitted submitted) {
  window_bytes_ += submitted.event.size();
  window_events_ += 1;
  waiting_.push_back(std::move(submitted));
}

void Outbox::CloseBatch() {
  PEAL_CHECK(!waiting_.empty());
  Batch batch;
  batch.number = last_ = last_.Next();
  proto::BatchRecord record;
  record.set_node(node_.value());
  record.set_incarnation(incarnation_.value());
  record.set_number(batch.number.value());
  do {
    Submitted& next = waiting_.front();
    batch.event_bytes += next.event.size();
    batch.tokens.push_back(next.token);
    proto::BatchEvent* event = record.add_events();
    event->set_event(std::move(next.event));
    event->set_key(std::move(next.key));
    event->set_subject(std::move(next.subject));
    if (next.expect_subject) {
      event->set_expect_subject_seq(next.expect_subject->value());
    }
    waiting_.pop_front();
  } while (!waiting_.empty() &&
           batch.event_bytes + waiting_.front().event.size() <= kBatchBytesMax);
  batch.payload = record.SerializeAsString();
  batches_.push_back(std::move(batch));
}

const std::string* Outbox::Next() {
  if (sent_.value() - returned_.value() >= kInFlightMax) {
    return nullptr;
  }
  if (sent_ == last_) {
    if (waiting_.empty()) {
      return nullptr;
    }
    CloseBatch();
  }
  sent_ = sent_.Next();
  PEAL_CHECK(!batches_.empty());
  PEAL_CHECK(batches_.front().number <= sent_);
  const Batch& batch = batches_[sent_.value() - batches_.front().number.value()];
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
  Batch batch = std::move(batches_.front());
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
