// Runs a real loop in a test until something is so, with a deadline.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "core/io/loop.h"

namespace peal::testing_support {

inline constexpr std::chrono::milliseconds kPatience{10'000};

// Whether `condition` became true in time. It is asked after each turn, and not again once it was
// true.
inline bool RunUntil(io::Loop* loop, const std::function<bool()>& condition) {
  bool late = false;
  const auto deadline = loop->After(kPatience, [&] {
    late = true;
    loop->Stop();
  });
  while (!condition()) {
    if (late) {
      return false;
    }
    // A turn lasts until the beat, so that a condition on what is outside of the loop is asked too.
    const auto beat = loop->After(std::chrono::milliseconds(1), [loop] { loop->Stop(); });
    loop->Run();
  }
  return true;
}

}  // namespace peal::testing_support
