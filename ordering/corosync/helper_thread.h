// A thread that may block in corosync's library for ever, and yet never keeps the process from
// ending.
#pragma once

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace peal::ordering::corosync {

// What a helper thread is asked to do, the later the stronger.
enum class Wish : uint8_t { kRun, kReconnect, kLeave, kStop };

// Between a helper thread and its owner. Any thread.
class ThreadControl {
 public:
  ThreadControl();
  ~ThreadControl();
  ThreadControl(const ThreadControl&) = delete;
  ThreadControl& operator=(const ThreadControl&) = delete;

  // Asks, and wakes the thread. A weaker wish than the one that stands changes nothing.
  void Ask(Wish wish);
  Wish wish() const { return wish_.load(); }
  // The thread has taken note of a kReconnect.
  void Reconnected();

  // Readable after Ask() until ClearWakeup().
  int fd() const { return fd_; }
  void ClearWakeup();
  // Waits until `time` is over or something is asked.
  void PauseFor(std::chrono::milliseconds time);

 private:
  const int fd_;
  std::atomic<Wish> wish_{Wish::kRun};
};

// Owned by one thread.
class HelperThread {
 public:
  // cpg_dispatch puts 1 MiB on the stack (corosync lib/cpg.c).
  static constexpr size_t kStackBytes = 8 << 20;

  // Runs `body`, which must own what it uses: it may outlive this object. It returns soon after
  // Wish::kStop, unless corosync's library blocks it.
  explicit HelperThread(std::function<void()> body);
  // Join() was called before.
  ~HelperThread();
  HelperThread(const HelperThread&) = delete;
  HelperThread& operator=(const HelperThread&) = delete;

  // Waits for the thread's end, at most `time`; then lets go of it. False: it still runs, blocked.
  bool Join(std::chrono::milliseconds time);

 private:
  struct State;

  static void* Main(void* start);

  const std::shared_ptr<State> state_;
  pthread_t thread_{};
  bool joined_ = false;
};

}  // namespace peal::ordering::corosync
