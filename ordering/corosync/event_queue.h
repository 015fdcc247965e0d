// From the threads that talk to corosync to the loop's thread: bounded, and in order.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "core/base/mutex.h"
#include "ordering/corosync/view_tracker.h"
#include "ordering/types.h"

namespace peal::ordering::corosync {

struct Connected {
  Process self;
  Nodelist nodelist;
};
struct Delivery {
  Process sender;
  std::string bytes;
};
struct Lost {
  std::string reason;
};
// This process left as it was asked to.
struct Left {};
using LinkEvent = std::variant<Connected, View, Delivery, Lost, Left>;

struct Quorum {
  bool quorate = false;
  RingId ring;
  bool operator==(const Quorum&) const = default;
};

// What the loop's thread takes at once.
struct EventBatch {
  std::vector<LinkEvent> events;
  // The latest, when there is news: a quorum that is nullopt within is not known any more.
  std::optional<std::optional<Quorum>> quorum;
  std::optional<Nodelist> nodelist;
  // There are more events: Take() again, soon.
  bool more = false;
};

// Any thread. The lock is needed because the CPG thread must never wait for the loop: it is held
// for a few moves at a time.
class EventQueue {
 public:
  struct Limits {
    size_t entries = 0;
    size_t bytes = 0;
  };

  // `wake` asks the loop's thread for a Take(): once, until a Take() has taken everything. Called
  // with the lock held, so that none comes after Close(); it must not call the queue.
  EventQueue(Limits limits, std::function<void()> wake) : limits_(limits), wake_(std::move(wake)) {}

  // False: full, not taken.
  bool Push(LinkEvent event);
  // Takes it beyond the limits; one at a time, when WaitEmpty() has seen the one before go.
  void PushLast(LinkEvent event);
  // The latest replaces what was not yet taken.
  void PutQuorum(std::optional<Quorum> quorum);
  void PutNodelist(Nodelist nodelist);

  // At most `budget` of events, at least one when there is one.
  EventBatch Take(Limits budget);
  // Waits until all events are taken, at most `time`; returns whether they are.
  bool WaitEmpty(std::chrono::milliseconds time);
  // No more wake-ups, and everything put is dropped.
  void Close();

 private:
  void Wake() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Append(LinkEvent event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Limits limits_;
  base::Mutex mutex_;
  std::condition_variable_any emptied_;
  std::function<void()> wake_ ABSL_GUARDED_BY(mutex_);
  bool awake_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<LinkEvent> events_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<std::optional<Quorum>> quorum_ ABSL_GUARDED_BY(mutex_);
  std::optional<Nodelist> nodelist_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace peal::ordering::corosync
