// What raw CPG does on this machine: own messages to own delivery, in a group of its own. The
// measure that the whole of Peal is held against.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

namespace peal::ordering::corosync {

struct CpgBenchOptions {
  // Of messages, 8 to 1,047,552 bytes each.
  std::vector<size_t> sizes = {64, 256, 1024, 8192, 16'384, 32'768, 61'440};
  // For each of the two measurements of a size; it ends earlier at `count_max` messages.
  std::chrono::milliseconds time{1000};
  uint64_t count_max = 1'000'000;
  // Of the pipelined measurement: messages sent and not yet delivered.
  size_t window_count = 1000;
  size_t window_bytes = 4 << 20;
};

struct CpgBenchRow {
  size_t message_bytes = 0;
  // One message at a time.
  uint64_t latency_count = 0;
  double latency_p50_us = 0;
  double latency_p99_us = 0;
  double latency_max_us = 0;
  // As many as the window and corosync take.
  double messages_per_s = 0;
  double bytes_per_s = 0;
};

// Blocks for about 2 * time * sizes. InvalidArgument: a size; Unavailable: no corosync;
// DeadlineExceeded: it delivered nothing for 10 s; else as CsStatus.
absl::StatusOr<std::vector<CpgBenchRow>> RunCpgBench(const CpgBenchOptions& options);

}  // namespace peal::ordering::corosync
