// How long things took.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace peal::tool {

// Keeps every sample of its own up to a limit, then a uniform choice of all. Not thread-safe.
class Latencies {
 public:
  static constexpr size_t kSamplesMax = 1'000'000;

  struct Summary {
    uint64_t count = 0;
    std::chrono::microseconds p50{0};
    std::chrono::microseconds p99{0};
    std::chrono::microseconds max{0};
  };

  void Add(std::chrono::microseconds latency);
  // The samples of `other`, which are as many a unit of time as these where either has left some
  // out.
  void Add(const Latencies& other);
  uint64_t count() const { return count_; }
  // The nearest-rank percentiles; max is of all samples, kept or not.
  Summary Summarize() const;

 private:
  uint64_t count_ = 0;
  uint64_t random_ = 0x9e3779b97f4a7c15;
  std::chrono::microseconds max_{0};
  std::vector<std::chrono::microseconds> samples_;
};

}  // namespace peal::tool
