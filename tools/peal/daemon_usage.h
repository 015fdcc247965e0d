// What a daemon on this machine takes.
#pragma once

#include <chrono>
#include <cstdint>

#include "peal/client.h"

namespace peal::tool {

struct DaemonUsage {
  uint64_t memory_bytes = 0;  // Resident.
  std::chrono::milliseconds cpu{0};
};

// Of the daemon that the client is connected to, as the kernel knows it. kUnreachable: it cannot be
// seen from here.
Result<DaemonUsage> UsageOfDaemon(const Client& client);

}  // namespace peal::tool
