// The event loop of one simulated process, on the virtual clock. While the process is paused its
// work waits, in order; when the loop is destroyed (the process dies) its work is forgotten.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>

#include "core/io/loop.h"
#include "tests/sim/clock.h"

namespace peal::sim {

class SimLoop : public io::Loop {
 public:
  // `clock` outlives the loop.
  explicit SimLoop(Clock* clock) : clock_(clock), state_(std::make_shared<State>()) {}
  ~SimLoop() override;
  SimLoop(const SimLoop&) = delete;
  SimLoop& operator=(const SimLoop&) = delete;

  std::chrono::steady_clock::time_point Now() const override {
    return std::chrono::steady_clock::time_point(std::chrono::microseconds(clock_->now_us()));
  }
  // The clock runs everything.
  void Run() override;
  void Stop() override {}
  void Post(std::function<void()> work) override { AfterUs(0, std::move(work)); }
  std::unique_ptr<io::Registration> After(std::chrono::milliseconds delay,
                                          std::function<void()> work) override;
  std::unique_ptr<io::Registration> Every(std::chrono::milliseconds period,
                                          std::function<void()> work) override;
  // A simulated process has neither descriptors nor signals.
  std::unique_ptr<io::Registration> Watch(int fd, io::Ready direction,
                                          std::function<void()> work) override;
  std::unique_ptr<io::Registration> OnSignals(std::function<void(int)> work) override;

  void AfterUs(int64_t delay_us, std::function<void()> work);
  void Pause() { state_->paused = true; }
  void Resume();
  bool paused() const { return state_->paused; }

 private:
  struct State {
    bool alive = true;
    bool paused = false;
    std::deque<std::function<void()>> waiting;  // Bounded by the length of a pause.
  };
  struct Timer;

  void Arm(const std::shared_ptr<Timer>& timer);
  static void Drain(Clock* clock, const std::shared_ptr<State>& state);

  Clock* const clock_;
  const std::shared_ptr<State> state_;
};

}  // namespace peal::sim
