#include "tests/sim/sim_loop.h"

#include <utility>

#include "core/base/check.h"

namespace peal::sim {
namespace {

class Cancel : public io::Registration {
 public:
  explicit Cancel(std::shared_ptr<bool> cancelled) : cancelled_(std::move(cancelled)) {}
  ~Cancel() override { *cancelled_ = true; }
  Cancel(const Cancel&) = delete;
  Cancel& operator=(const Cancel&) = delete;

 private:
  const std::shared_ptr<bool> cancelled_;
};

}  // namespace

struct SimLoop::Timer {
  int64_t period_us = 0;
  std::function<void()> work;
  std::shared_ptr<bool> cancelled = std::make_shared<bool>(false);
};

SimLoop::~SimLoop() {
  state_->alive = false;
  state_->waiting.clear();
}

void SimLoop::Run() {
  PEAL_CHECK(false);
}

void SimLoop::AfterUs(int64_t delay_us, std::function<void()> work) {
  clock_->After(delay_us, [state = state_, work = std::move(work)]() mutable {
    if (!state->alive) {
      return;
    }
    if (state->paused || !state->waiting.empty()) {
      state->waiting.push_back(std::move(work));
      return;
    }
    work();
  });
}

void SimLoop::Resume() {
  state_->paused = false;
  Drain(clock_, state_);
}

// One piece of work a turn. What comes meanwhile waits behind it.
void SimLoop::Drain(Clock* clock, const std::shared_ptr<State>& state) {
  if (!state->alive || state->paused || state->waiting.empty()) {
    return;
  }
  clock->After(0, [clock, state] {
    if (!state->alive || state->paused || state->waiting.empty()) {
      return;
    }
    const std::function<void()> work = std::move(state->waiting.front());
    state->waiting.pop_front();
    work();
    Drain(clock, state);
  });
}

std::unique_ptr<io::Registration> SimLoop::After(std::chrono::milliseconds delay,
                                                 std::function<void()> work) {
  auto cancelled = std::make_shared<bool>(false);
  AfterUs(delay.count() * 1000, [cancelled, work = std::move(work)] {
    if (!*cancelled) {
      work();
    }
  });
  return std::make_unique<Cancel>(cancelled);
}

void SimLoop::Arm(const std::shared_ptr<Timer>& timer) {
  AfterUs(timer->period_us, [this, timer] {
    if (*timer->cancelled) {
      return;
    }
    // Armed first: the work may destroy the registration.
    Arm(timer);
    timer->work();
  });
}

std::unique_ptr<io::Registration> SimLoop::Every(std::chrono::milliseconds period,
                                                 std::function<void()> work) {
  auto timer = std::make_shared<Timer>();
  timer->period_us = period.count() * 1000;
  timer->work = std::move(work);
  Arm(timer);
  return std::make_unique<Cancel>(timer->cancelled);
}

std::unique_ptr<io::Registration> SimLoop::Watch(int /*fd*/, io::Ready /*direction*/,
                                                 std::function<void()> /*work*/) {
  PEAL_CHECK(false);
  return nullptr;
}

std::unique_ptr<io::Registration> SimLoop::OnSignals(std::function<void(int)> /*work*/) {
  PEAL_CHECK(false);
  return nullptr;
}

}  // namespace peal::sim
