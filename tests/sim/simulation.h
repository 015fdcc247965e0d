// One run from one seed: chaos, then healing, and what the checker says of it.
#pragma once

#include <cstdint>
#include <string>

#include "ordering/rules.h"
#include "tests/sim/stats.h"

namespace peal::sim {

struct RunOptions {
  uint32_t nodes = 3;
  ordering::Rules rules;
  bool empty_keeps_id = false;
  bool restore_disks = false;
  bool tear_batches = false;
  bool change_voters = false;
  bool corosync_decides = false;
  bool clients = false;   // Clients number their publishes, and send them again.
  bool durables = false;  // Durable subscribers hold, move and forget their places.
  bool interest = false;  // What the nodes' subscribers want changes all the time.
  bool trace = false;
};

struct RunResult {
  std::string violation;  // Empty: none.
  std::string digest;     // Of everything that was shown; the same seed gives the same.
};

// Stops at the first violation. A broken PEAL_CHECK ends the process.
RunResult Run(uint64_t seed, const RunOptions& options, Stats* stats);

}  // namespace peal::sim
