// What the machine does at best, measured in the run whose results it stands beside.
#pragma once

#include <optional>
#include <string>

#include "bench/machine_limits.h"
#include "tools/peal/json_text.h"

namespace peal::tool {

// Raw CPG, in a group of its own.
struct CpgLimits {
  double delivery_p50_us = 0;  // A lone message of 256 B, to its own delivery.
  double bytes_per_s = 0;      // With the best size of a message.
  size_t best_bytes = 0;       // That size.
};

struct BenchLimits {
  std::optional<bench::DiskLimits> disk;
  std::optional<bench::CoreLimits> core;
  std::optional<CpgLimits> cpg;
};

// Nothing where there is no disk to measure in `folder`, or no corosync.
std::optional<bench::DiskLimits> DiskLimitsOf(const std::string& folder);
std::optional<CpgLimits> CpgLimitsHere();
bench::CoreLimits CoreLimitsHere();

// A line for people about what was measured, and what was not.
std::string LimitsText(const BenchLimits& limits);
// Members of what was measured.
Json LimitsJson(const BenchLimits& limits);

}  // namespace peal::tool
