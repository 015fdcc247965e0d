// Work that is done once at the end of a turn, however often it was asked for in it.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "core/io/loop.h"

namespace peal::io {

// Loop thread only. What is scheduled when the Deferred is destroyed never runs. `work` may
// schedule again. The loop outlives the Deferred.
class Deferred {
 public:
  Deferred(Loop* loop, std::function<void()> work)
      : loop_(loop), state_(std::make_shared<State>(State{std::move(work)})) {}
  ~Deferred() { state_->cancelled = true; }
  Deferred(const Deferred&) = delete;
  Deferred& operator=(const Deferred&) = delete;

  void Schedule() {
    if (std::exchange(state_->scheduled, true)) {
      return;
    }
    loop_->Post([state = state_] {
      state->scheduled = false;
      if (!state->cancelled) {
        state->work();
      }
    });
  }

 private:
  // Shared, since a posted call cannot be taken back and may outlive the Deferred.
  struct State {
    std::function<void()> work;
    bool scheduled = false;
    bool cancelled = false;
  };

  Loop* const loop_;
  const std::shared_ptr<State> state_;
};

}  // namespace peal::io
