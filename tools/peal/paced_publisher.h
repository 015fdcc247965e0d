// A publisher that keeps to a rate, and says in each event when that was.
#pragma once

#include <chrono>
#include <cstdint>

#include "bench/random_bytes.h"
#include "peal/client.h"

namespace peal::tool {

struct PacedLoad {
  Event event;              // Without data:
  size_t data_bytes = 0;    // each gets as many at random, after the time of publishing.
  double events_per_s = 0;  // 0: as many as the window takes.
  std::chrono::microseconds time{0};
};

// When an event of such a publisher was published; of this process only: other clocks tell other
// times.
std::chrono::steady_clock::time_point PublishedAt(const Event& event);

// Publishes on the caller's thread, in bursts of at most a millisecond's worth. Not thread-safe.
class PacedPublisher {
 public:
  PacedPublisher(Client* client, const PacedLoad& load, std::chrono::milliseconds timeout);

  // Blocks for the load's time, and until all is answered. The first failure.
  Status Run();

  uint64_t published() const { return published_; }
  double seconds() const { return seconds_; }

 private:
  bool IsDue(std::chrono::duration<double> since_start) const;
  Status PublishOne();

  Client* const client_;
  const PacedLoad& load_;
  const std::chrono::milliseconds timeout_;
  Event event_;
  bench::RandomBytes data_;
  uint64_t published_ = 0;
  uint64_t outstanding_ = 0;
  double seconds_ = 0;
  Status failure_;
};

}  // namespace peal::tool
