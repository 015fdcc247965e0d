// The event loop: the one thread that owns a daemon's state waits here.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace peal::io {

// Stops what it stands for when it is destroyed. Destroy it on the loop's thread, before the loop.
class Registration {
 public:
  virtual ~Registration() = default;
};

enum class Ready : uint8_t { kRead, kWrite };

// Thread-safety: Post() from any thread, everything else on the loop's own thread (or before
// Run()).
class Loop {
 public:
  virtual ~Loop() = default;

  // What its timers count by.
  virtual std::chrono::steady_clock::time_point Now() const = 0;

  // Runs until Stop().
  virtual void Run() = 0;
  virtual void Stop() = 0;

  // Calls `work` soon on the loop's thread, in the order of the posts of one thread.
  virtual void Post(std::function<void()> work) = 0;

  // Calls `work` once after `delay`, unless the registration is destroyed before.
  [[nodiscard]] virtual std::unique_ptr<Registration> After(std::chrono::milliseconds delay,
                                                            std::function<void()> work) = 0;
  // Calls `work` every `period` until the registration is destroyed.
  [[nodiscard]] virtual std::unique_ptr<Registration> Every(std::chrono::milliseconds period,
                                                            std::function<void()> work) = 0;
  // Calls `work` whenever `fd` is ready (level-triggered), an error on it included, until the
  // registration is destroyed. The caller keeps the descriptor and closes it afterwards.
  // At most one watch per descriptor and direction.
  [[nodiscard]] virtual std::unique_ptr<Registration> Watch(int fd, Ready direction,
                                                            std::function<void()> work) = 0;
  // Calls `work(signal number)` on the loop's thread for each of SIGTERM, SIGINT, SIGHUP.
  [[nodiscard]] virtual std::unique_ptr<Registration> OnSignals(std::function<void(int)> work) = 0;
};

std::unique_ptr<Loop> MakeAsioLoop();

}  // namespace peal::io
