#include "client/testing/virtual_loop.h"

#include <poll.h>

#include <utility>

#include "core/base/check.h"

namespace peal::testing {

using std::chrono::milliseconds;

// Rings no more once it is destroyed.
class VirtualLoop::Timer : public io::Registration {
 public:
  Timer(VirtualLoop* loop, milliseconds delay, bool again, std::function<void()> work)
      : state_(std::make_shared<State>(State{loop, delay, again, std::move(work)})) {
    Arm(state_);
  }
  ~Timer() override { state_->over = true; }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  struct State {
    VirtualLoop* loop = nullptr;
    milliseconds delay{0};
    bool again = false;
    std::function<void()> work;
    bool over = false;
  };

  static void Arm(const std::shared_ptr<State>& state) {
    state->loop->time_->After(state->delay, [state, alive = state->loop->alive_] {
      if (state->over || !*alive) {
        return;
      }
      if (state->again) {
        Arm(state);  // Before the work, which may destroy the timer.
      }
      state->work();
    });
  }

  const std::shared_ptr<State> state_;
};

class VirtualLoop::DescriptorWatch : public io::Registration {
 public:
  DescriptorWatch(VirtualTime* time, int fd, io::Ready direction, std::function<void()> work)
      : time_(time),
        watch_(time->Watch(fd, direction == io::Ready::kRead ? POLLIN : POLLOUT, std::move(work))) {
  }
  ~DescriptorWatch() override { time_->Unwatch(watch_); }
  DescriptorWatch(const DescriptorWatch&) = delete;
  DescriptorWatch& operator=(const DescriptorWatch&) = delete;

 private:
  VirtualTime* const time_;
  const uint64_t watch_;
};

void VirtualLoop::Run() {
  PEAL_CHECK(false);
}

void VirtualLoop::Post(std::function<void()> work) {
  time_->After(milliseconds(0), [alive = alive_, work = std::move(work)] {
    if (*alive) {
      work();
    }
  });
}

std::unique_ptr<io::Registration> VirtualLoop::After(milliseconds delay,
                                                     std::function<void()> work) {
  return std::make_unique<Timer>(this, delay, /*again=*/false, std::move(work));
}

std::unique_ptr<io::Registration> VirtualLoop::Every(milliseconds period,
                                                     std::function<void()> work) {
  return std::make_unique<Timer>(this, period, /*again=*/true, std::move(work));
}

std::unique_ptr<io::Registration> VirtualLoop::Watch(int fd, io::Ready direction,
                                                     std::function<void()> work) {
  return std::make_unique<DescriptorWatch>(time_, fd, direction, std::move(work));
}

std::unique_ptr<io::Registration> VirtualLoop::OnSignals(std::function<void(int)> /*work*/) {
  return nullptr;
}

}  // namespace peal::testing
