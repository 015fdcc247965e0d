#include "tools/peal/latencies.h"

#include <algorithm>

namespace peal::tool {
namespace {

std::chrono::microseconds NearestRank(const std::vector<std::chrono::microseconds>& sorted,
                                      size_t percent) {
  if (sorted.empty()) {
    return std::chrono::microseconds(0);
  }
  const size_t rank = (sorted.size() * percent + 99) / 100;
  return sorted[std::max<size_t>(rank, 1) - 1];
}

}  // namespace

void Latencies::Add(std::chrono::microseconds latency) {
  ++count_;
  max_ = std::max(max_, latency);
  if (samples_.size() < kSamplesMax) {
    samples_.push_back(latency);
    return;
  }
  // Reservoir sampling (Vitter's algorithm R) with xorshift64.
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  const uint64_t place = random_ % count_;
  if (place < kSamplesMax) {
    samples_[place] = latency;
  }
}

void Latencies::Add(const Latencies& other) {
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  samples_.insert(samples_.end(), other.samples_.begin(), other.samples_.end());
}

Latencies::Summary Latencies::Summarize() const {
  std::vector<std::chrono::microseconds> sorted = samples_;
  std::sort(sorted.begin(), sorted.end());
  return {
      .count = count_, .p50 = NearestRank(sorted, 50), .p99 = NearestRank(sorted, 99), .max = max_};
}

}  // namespace peal::tool
