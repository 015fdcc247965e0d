// What clients cost that have subscribed and get nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "peal/client.h"
#include "tools/peal/context.h"

namespace peal::tool {

struct IdleSessionsResult {
  int64_t memory_growth_bytes = 0;  // Of the daemon, since before they connected.
  double core_share = 0;            // Of a core, that the daemon took while they idled.
};

// Connects so many clients, each with a subscription to `type`, lets a second pass, and looks at
// the daemon for `time`. kUnreachable: it cannot be seen from here. Else the codes of Client.
Result<IdleSessionsResult> MeasureIdleSessions(const Context& context, uint64_t sessions,
                                               const std::string& type,
                                               std::chrono::milliseconds time);

}  // namespace peal::tool
