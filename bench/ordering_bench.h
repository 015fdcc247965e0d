// What the ordering code alone does: the machines of all nodes of a group on one core, with no
// network, disk or client between them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace peal::bench {

struct OrderingBenchOptions {
  uint32_t nodes = 3;
  size_t data_bytes = 256;      // Of an event.
  uint64_t outstanding = 1000;  // Events submitted at the first node and not yet committed there.
  std::chrono::milliseconds time{1000};
};

struct OrderingBenchRow {
  uint64_t events = 0;  // Committed and shown at every node.
  uint64_t entries = 0;
  double seconds = 0;       // For which the core worked.
  double events_per_s = 0;  // The whole group's work for an event on one core.
  double bytes_per_s = 0;   // The same in bytes of data.
  double node_per_s = 0;    // Events a second, were each node on a core of its own.
};

// Blocks for about `time`. `nodes` and the others are from 1.
OrderingBenchRow RunOrderingBench(const OrderingBenchOptions& options);

}  // namespace peal::bench
