// A caller's timeout, as this side and the daemon count it. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

namespace peal::client {

// No timeout is longer: it keeps deadlines from overflowing.
inline constexpr std::chrono::milliseconds kTimeoutMax = std::chrono::hours(24 * 365);
// The daemon's own timeout is a little shorter than ours, so that its reason arrives before ours is
// up.
inline constexpr std::chrono::milliseconds kHeadStartMax{500};

inline std::chrono::milliseconds Bounded(std::chrono::milliseconds timeout) {
  return std::clamp(timeout, std::chrono::milliseconds(0), kTimeoutMax);
}

inline uint32_t DaemonTimeoutMs(std::chrono::milliseconds timeout) {
  const std::chrono::milliseconds own = Bounded(timeout);
  const std::chrono::milliseconds daemons = own - std::min(own / 10, kHeadStartMax);
  const auto max =
      static_cast<std::chrono::milliseconds::rep>(std::numeric_limits<uint32_t>::max());
  // 0 would mean the daemon's default.
  return static_cast<uint32_t>(std::clamp<std::chrono::milliseconds::rep>(daemons.count(), 1, max));
}

// The time left, or 0. Rounded up: a wait of 0 ms for the last microseconds would spin.
inline std::chrono::milliseconds Until(std::chrono::steady_clock::time_point deadline,
                                       std::chrono::steady_clock::time_point now) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now);
  return std::max(left, std::chrono::milliseconds(0));
}

}  // namespace peal::client
