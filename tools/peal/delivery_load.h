// What subscribers get, and how long it takes from the publisher to them, under a load that is
// given.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "peal/client.h"
#include "tools/peal/context.h"
#include "tools/peal/daemon_usage.h"
#include "tools/peal/latencies.h"
#include "tools/peal/paced_publisher.h"

namespace peal::tool {

struct DeliveryLoadOptions {
  // Of the daemon, this or another one, that the subscribers ask.
  std::string subscriber_socket;
  uint64_t subscribers = 1;
  uint64_t stopped = 0;  // Further ones, that read nothing.
  PacedLoad load;
  bool measures = true;  // How long each event took.
};

struct DeliveryLoadResult {
  std::string subscriber_node;
  uint64_t events = 0;
  double events_per_s = 0;      // Published.
  double deliveries_per_s = 0;  // Until the last subscriber had the last one.
  Latencies latencies;
  // What the subscribers' daemon took more at the end than when all had subscribed.
  std::optional<int64_t> memory_growth_bytes;
};

// One publisher, and the subscribers on a thread of their own, all in this process, by one clock.
// Blocks for the load's time, and until all has arrived; TimedOut when nothing has come for the
// context's timeout before. Else the codes of Client.
Result<DeliveryLoadResult> MeasureDeliveryLoad(const Context& context,
                                               const DeliveryLoadOptions& options);

}  // namespace peal::tool
