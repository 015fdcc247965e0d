#include "ordering/corosync/helper_thread.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <condition_variable>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "core/base/check.h"
#include "core/base/mutex.h"

namespace peal::ordering::corosync {

ThreadControl::ThreadControl() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  PEAL_CHECK(fd_ >= 0);
}

ThreadControl::~ThreadControl() {
  close(fd_);
}

void ThreadControl::Ask(Wish wish) {
  Wish now = wish_.load();
  while (now < wish && !wish_.compare_exchange_weak(now, wish)) {
  }
  // An eventfd refuses only at 2^64-2, when it is readable anyway.
  (void)eventfd_write(fd_, 1);
}

void ThreadControl::Reconnected() {
  Wish expected = Wish::kReconnect;
  wish_.compare_exchange_strong(expected, Wish::kRun);
}

void ThreadControl::ClearWakeup() {
  eventfd_t value = 0;
  (void)eventfd_read(fd_, &value);  // Nothing to read is fine.
}

void ThreadControl::PauseFor(std::chrono::milliseconds time) {
  pollfd wakeup{.fd = fd_, .events = POLLIN, .revents = 0};
  (void)poll(&wakeup, 1, static_cast<int>(time.count()));  // Ending early is harmless.
  ClearWakeup();
}

// Shared by the thread and its owner, since either may end first.
struct HelperThread::State {
  std::function<void()> body;
  // The owner waits for the end with a limit, which pthread_join has not.
  base::Mutex mutex;
  std::condition_variable_any changed;
  bool ended ABSL_GUARDED_BY(mutex) = false;

  bool WaitEnded(std::chrono::milliseconds time) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    const base::MutexLock lock(&mutex);
    while (!ended) {
      if (changed.wait_until(mutex, deadline) == std::cv_status::timeout) {
        break;
      }
    }
    return ended;
  }
};

HelperThread::HelperThread(std::function<void()> body) : state_(std::make_shared<State>()) {
  state_->body = std::move(body);
  pthread_attr_t attributes;
  PEAL_CHECK(pthread_attr_init(&attributes) == 0);
  PEAL_CHECK(pthread_attr_setstacksize(&attributes, kStackBytes) == 0);
  auto start = std::make_unique<std::shared_ptr<State>>(state_);
  PEAL_CHECK(pthread_create(&thread_, &attributes, Main, start.get()) == 0);
  (void)start.release();  // Main owns it now.
  pthread_attr_destroy(&attributes);
}

HelperThread::~HelperThread() {
  PEAL_CHECK(joined_);
}

void* HelperThread::Main(void* start) {
  const std::unique_ptr<std::shared_ptr<State>> owner(static_cast<std::shared_ptr<State>*>(start));
  State& state = **owner;
  state.body();
  state.body = nullptr;
  const base::MutexLock lock(&state.mutex);
  state.ended = true;
  state.changed.notify_all();
  return nullptr;
}

bool HelperThread::Join(std::chrono::milliseconds time) {
  PEAL_CHECK(!joined_);
  joined_ = true;
  const bool ended = state_->WaitEnded(time);
  if (ended) {
    pthread_join(thread_, nullptr);
  } else {
    pthread_detach(thread_);
  }
  return ended;
}

}  // namespace peal::ordering::corosync
