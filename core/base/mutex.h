// A mutex that clang's thread safety analysis understands; libstdc++'s is not annotated.
//
// It is not absl::Mutex because the distribution's Abseil is not built for ThreadSanitizer, which
// then sees races where there are none.
#pragma once

#include <mutex>

#include "absl/base/thread_annotations.h"

namespace peal::base {

// What std::condition_variable_any waits with, and MutexLock locks.
class ABSL_LOCKABLE Mutex {
 public:
  // Named as the standard library's Lockable wants it.
  void lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex* mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) {
    mutex_->lock();
  }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_->unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex* const mutex_;
};

}  // namespace peal::base
