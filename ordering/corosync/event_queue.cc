#include "ordering/corosync/event_queue.h"

#include <utility>

namespace peal::ordering::corosync {
namespace {

size_t BytesOf(const LinkEvent& event) {
  const Delivery* delivery = std::get_if<Delivery>(&event);
  return delivery == nullptr ? 0 : delivery->bytes.size();
}

}  // namespace

bool EventQueue::Push(LinkEvent event) {
  const base::MutexLock lock(&mutex_);
  if (events_.size() >= limits_.entries || bytes_ + BytesOf(event) > limits_.bytes) {
    return false;
  }
  Append(std::move(event));
  return true;
}

void EventQueue::PushLast(LinkEvent event) {
  const base::MutexLock lock(&mutex_);
  Append(std::move(event));
}

void EventQueue::PutQuorum(std::optional<Quorum> quorum) {
  const base::MutexLock lock(&mutex_);
  quorum_ = quorum;
  Wake();
}

void EventQueue::PutNodelist(Nodelist nodelist) {
  const base::MutexLock lock(&mutex_);
  nodelist_ = std::move(nodelist);
  Wake();
}

EventBatch EventQueue::Take(Limits budget) {
  const base::MutexLock lock(&mutex_);
  EventBatch batch;
  batch.quorum = std::exchange(quorum_, std::nullopt);
  batch.nodelist = std::exchange(nodelist_, std::nullopt);
  size_t bytes = 0;
  while (!events_.empty() && batch.events.size() < budget.entries) {
    bytes += BytesOf(events_.front());
    if (!batch.events.empty() && bytes > budget.bytes) {
      break;
    }
    bytes_ -= BytesOf(events_.front());
    batch.events.push_back(std::move(events_.front()));
    events_.pop_front();
  }
  batch.more = !events_.empty();
  awake_ = batch.more;
  if (!batch.more) {
    emptied_.notify_all();
  }
  return batch;
}

bool EventQueue::WaitEmpty(std::chrono::milliseconds time) {
  const base::MutexLock lock(&mutex_);
  const auto deadline = std::chrono::steady_clock::now() + time;
  while (!events_.empty()) {
    if (emptied_.wait_until(mutex_, deadline) == std::cv_status::timeout) {
      return events_.empty();
    }
  }
  return true;
}

void EventQueue::Close() {
  const base::MutexLock lock(&mutex_);
  closed_ = true;
  wake_ = nullptr;
  events_.clear();
  bytes_ = 0;
  emptied_.notify_all();
}

void EventQueue::Wake() {
  if (!awake_ && !closed_) {
    awake_ = true;
    wake_();
  }
}

void EventQueue::Append(LinkEvent event) {
  if (closed_) {
    return;
  }
  bytes_ += BytesOf(event);
  events_.push_back(std::move(event));
  Wake();
}

}  // namespace peal::ordering::corosync
