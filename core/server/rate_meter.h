// Events a second over the last ten seconds.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace peal::server {

// One owner thread. Counts by the second, so that it costs nothing to add.
class RateMeter {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr int64_t kWindowSeconds = 10;

  void Add(TimePoint now, uint64_t count);
  // Over the last whole seconds of the window; what counted in the second under way is left out.
  double PerSecond(TimePoint now);

 private:
  void Advance(TimePoint now);

  std::array<uint64_t, kWindowSeconds + 1> counts_{};  // By second, in a ring.
  int64_t second_ = 0;                                 // The second under way.
};

}  // namespace peal::server
