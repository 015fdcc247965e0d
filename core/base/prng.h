// A small random generator whose numbers are the same on every platform: for simulation and jitter,
// never for secrets. xoshiro256** by Blackman and Vigna, seeded by splitmix64
// (https://prng.di.unimi.it). A value.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "core/base/check.h"

namespace peal::base {

class Prng {
 public:
  explicit Prng(uint64_t seed) {
    for (uint64_t& word : state_) {
      seed += 0x9e3779b97f4a7c15;
      uint64_t mixed = seed;
      mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
      mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
      word = mixed ^ (mixed >> 31);
    }
  }

  uint64_t Next() {
    const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // Of 0..bound-1; `bound` is not 0. The bias of the remainder does not matter here.
  uint64_t Below(uint64_t bound) {
    PEAL_CHECK(bound > 0);
    return Next() % bound;
  }
  // Of first..last.
  int64_t Between(int64_t first, int64_t last) {
    PEAL_CHECK(first <= last);
    return first + static_cast<int64_t>(Below(static_cast<uint64_t>(last - first) + 1));
  }
  // True with this probability.
  bool Chance(double probability) {
    return static_cast<double>(Next() >> 11) * 0x1.0p-53 < probability;
  }
  // One of these.
  template <typename Range>
  const auto& Pick(const Range& range) {
    return range[Below(std::size(range))];
  }

 private:
  std::array<uint64_t, 4> state_{};
};

}  // namespace peal::base
