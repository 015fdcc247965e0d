// The time of day, for people to read: it may jump, and nothing is ordered by it.
#pragma once

#include <chrono>
#include <cstdint>

namespace peal::base {

// Microseconds since 1970, UTC.
inline int64_t UnixTimeUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace peal::base
