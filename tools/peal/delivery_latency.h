// How long an event takes from its publisher to a subscriber, under a load that is given.
#pragma once

#include <chrono>
#include <string>

#include "absl/status/statusor.h"
#include "peal/client.h"
#include "tools/peal/context.h"
#include "tools/peal/latencies.h"

namespace peal::tool {

struct DeliveryLatencyOptions {
  std::string subscriber_socket;  // Of the daemon, this or another one, that the subscriber asks.
  Event event;                    // Without data:
  size_t data_bytes = 0;          // each gets as many at random, after the time of publishing.
  double events_per_s = 1;
  std::chrono::microseconds time{0};
};

struct DeliveryLatencyResult {
  std::string subscriber_node;
  double events_per_s = 0;  // What it came to.
  Latencies latencies;
};

// Publishes at an even rate, in bursts of at most a millisecond's worth, and subscribes: both in
// this process, by one clock. Blocks for `time`, and until all has arrived; DeadlineExceeded when
// it has not within the context's timeout. Else the codes of Client.
absl::StatusOr<DeliveryLatencyResult> MeasureDeliveryLatency(const Context& context,
                                                             const DeliveryLatencyOptions& options);

}  // namespace peal::tool
