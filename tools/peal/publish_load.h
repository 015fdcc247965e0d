// Publishers that keep a number of publishes on their way.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "peal/client.h"
#include "tools/peal/context.h"
#include "tools/peal/latencies.h"

namespace peal::tool {

struct PublishLoadOptions {
  Event event;            // Without data:
  size_t data_bytes = 0;  // each gets as many at random.
  Ack ack = Ack::kCommitted;
  uint64_t publishers = 1;   // Each with a connection and a thread of its own.
  uint64_t outstanding = 1;  // Of all together; each has one at least, and its window at most.
  uint64_t count = 0;        // Of all events; 0: as many as `time` brings.
  std::chrono::microseconds time{0};
};

struct PublishLoadResult {
  uint64_t outstanding = 0;  // What it came to.
  double seconds = 0;
  Latencies latencies;  // From each call to its answer.

  double events_per_s() const {
    return seconds > 0 ? static_cast<double>(latencies.count()) / seconds : 0;
  }
};

// Blocks until all is answered. The first failure of a publisher, of connecting too.
Result<PublishLoadResult> RunPublishLoad(const Context& context, const PublishLoadOptions& options);

}  // namespace peal::tool
