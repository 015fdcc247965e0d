#include "core/server/rate_meter.h"

#include <algorithm>
#include <numeric>

namespace peal::server {

void RateMeter::Add(TimePoint now, uint64_t count) {
  Advance(now);
  counts_[static_cast<size_t>(second_) % counts_.size()] += count;
}

double RateMeter::PerSecond(TimePoint now) {
  Advance(now);
  const uint64_t all = std::accumulate(counts_.begin(), counts_.end(), uint64_t{0});
  const uint64_t current = counts_[static_cast<size_t>(second_) % counts_.size()];
  return static_cast<double>(all - current) / static_cast<double>(kWindowSeconds);
}

void RateMeter::Advance(TimePoint now) {
  const int64_t second =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  // Everything is forgotten after a window; more rounds would only clear the same counts again.
  second_ = std::max(second_, second - kWindowSeconds - 1);
  while (second_ < second) {
    ++second_;
    counts_[static_cast<size_t>(second_) % counts_.size()] = 0;
  }
}

}  // namespace peal::server
