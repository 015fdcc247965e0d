// How long until the next try, of one client among many that have lost the same daemon at once.
#pragma once

#include <algorithm>
#include <chrono>

#include "core/base/prng.h"

namespace peal::client {

// Doubles from kMin to kMax with each try. Of each wait a half is random, so that those who begin
// to wait together do not come together. A value.
class Backoff {
 public:
  static constexpr std::chrono::milliseconds kMin{10};
  static constexpr std::chrono::milliseconds kMax{1000};

  // Another one for each client.
  explicit Backoff(uint64_t seed) : prng_(seed) {}

  std::chrono::milliseconds Next() {
    const std::chrono::milliseconds delay = delay_;
    delay_ = std::min(2 * delay_, kMax);
    return std::chrono::milliseconds(prng_.Between(delay.count() / 2, delay.count()));
  }
  void Reset() { delay_ = kMin; }

 private:
  base::Prng prng_;
  std::chrono::milliseconds delay_ = kMin;
};

}  // namespace peal::client
