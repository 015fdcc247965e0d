// What filters take of a core: one over and over, and one event against many.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace peal::bench {

// How often a filter is evaluated in a second, over events whose fields are found already, as in a
// daemon, where that is done once for all filters. Half of the events pass the default of `peal
// bench filter`. InvalidArgument: `expression` is no filter.
struct FilterBenchRow {
  double evaluations_per_s = 0;
  double reads_per_s = 0;  // Finding the fields of an event.
  double passed_share = 0;
};
absl::StatusOr<FilterBenchRow> RunFilterBench(const std::string& expression,
                                              std::chrono::milliseconds time);

// What an event takes with so many subscriptions there, each of which wants another subject and a
// value above another bound, so that an event passes one of them.
struct IndexBenchRow {
  double event_us = 0;
  double matches = 0;  // Filters that an event passes.
  double add_us = 0;   // One more subscription.
};
IndexBenchRow RunIndexBench(size_t subscriptions, std::chrono::milliseconds time);

}  // namespace peal::bench
