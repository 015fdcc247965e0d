// What the machine does at best, without Peal: what a measurement of Peal is held against.
#pragma once

#include <chrono>
#include <string>

#include "absl/status/statusor.h"

namespace peal::bench {

// Of the disk that a folder is on.
struct DiskLimits {
  // Of a write of 4 KiB at a file's end, and its fdatasync.
  double sync_p50_us = 0;
  double sync_p99_us = 0;
  // Of writes of 1 MiB, each with its fdatasync.
  double bytes_per_s = 0;
};

// Of one core, by the time that this thread had it: the load of others does not count.
struct CoreLimits {
  double copy_bytes_per_s = 0;    // Memory, in pieces of 32 KiB from and to 64 MiB.
  double sha256_bytes_per_s = 0;  // In pieces of 32 KiB.
};

// Blocks for about twice `time`. Codes of FileOps, and Unavailable when nothing can be made in
// `folder`; what is made there is removed.
absl::StatusOr<DiskLimits> MeasureDisk(const std::string& folder, std::chrono::milliseconds time);

// Blocks for about twice `time`.
CoreLimits MeasureCore(std::chrono::milliseconds time);

// Seconds for which this thread has had a core.
double ThreadSeconds();

}  // namespace peal::bench
