// What happens in a run, told line by line with the virtual time: for --replay.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "tests/sim/clock.h"

namespace peal::sim {

class Trace {
 public:
  // `clock` outlives the trace.
  Trace(bool on, const Clock* clock) : on_(on), clock_(clock) {}

  bool on() const { return on_; }

  template <typename... Args>
  void Tell(fmt::format_string<Args...> format, Args&&... args) const {
    if (on_) {
      fmt::print(stderr, "{:>12.6f} {}\n", static_cast<double>(clock_->now_us()) / 1e6,
                 fmt::format(format, std::forward<Args>(args)...));
    }
  }

 private:
  const bool on_;
  const Clock* const clock_;
};

// A message of the group, in a few words.
std::string Describe(std::string_view bytes);

}  // namespace peal::sim
