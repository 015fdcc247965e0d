// How much a node's journal takes: the real one, in a folder of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace peal::bench {

struct JournalBenchOptions {
  std::string folder;  // Exists; what is made there is removed.
  size_t record_bytes = 16 << 10;
  // Records appended and not yet durable: half of them are written while the other half is made.
  uint64_t outstanding = 1;
  std::chrono::milliseconds time{1000};
};

struct JournalBenchRow {
  uint64_t records = 0;
  double seconds = 0;
  double records_per_s = 0;
  double bytes_per_s = 0;  // Of the records' payloads.
  uint64_t syncs = 0;
  // From asking for a sync to hearing of it, on the loop's thread.
  double sync_p50_us = 0;
  double sync_p99_us = 0;
};

// Blocks for about `time`. Codes of Journal::Sync() and OpenJournal(), and Unavailable when nothing
// can be made in `folder`.
absl::StatusOr<JournalBenchRow> RunJournalBench(const JournalBenchOptions& options);

}  // namespace peal::bench
