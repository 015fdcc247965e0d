// Bounds a rate: what is not used in a second may be used in the next one, and no later.
#pragma once

#include <chrono>
#include <cstddef>

namespace peal::server {

// A value. One owner thread. Times never go back.
class TokenBucket {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `per_second` flows in, and is what it holds at most, and at first. 0: no limit.
  explicit TokenBucket(size_t per_second)
      : per_second_(per_second), held_(static_cast<double>(per_second)) {}

  // Whether so much may be taken. More than it can ever hold may be taken from a full one, which
  // then owes the rest.
  bool Has(size_t amount, TimePoint now) const;
  // What it has.
  void Take(size_t amount, TimePoint now);

  bool IsFull(TimePoint now) const { return Has(per_second_, now); }

 private:
  double Held(TimePoint now) const;

  size_t per_second_;
  double held_;  // As of the last taking. Below 0: owed.
  TimePoint taken_at_{};
};

}  // namespace peal::server
