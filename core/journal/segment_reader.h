// Reads a journal's files while it is in use: the side of the journal that lives on the reading
// worker.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/io/file_ops.h"
#include "core/journal/journal.h"
#include "core/journal/record_format.h"
#include "core/journal/segment_index.h"

namespace peal::journal {

// A segment, as far as it is durable.
struct ReadableSegment {
  SegmentNumber number;
  uint64_t bytes = 0;
};

struct ReadOrder {
  ReadableSegment segment;              // Holds `from`.
  std::optional<ReadableSegment> next;  // The one after it: late notes are there.
  Index from;
  Index upto;  // Not before `from`.
  size_t bytes_max = 0;
};

// How far a segment has been checked, and the last entry that it has up to there.
struct Checked {
  uint64_t offset = 0;
  Index last;
};

// What a record counts as, in reads and in the cache.
size_t CostBytes(const Record& record);

// Not thread-safe: used by the worker only.
class SegmentReader {
 public:
  SegmentReader(io::FileOps* files, std::string journal_id)
      : files_(files), journal_id_(std::move(journal_id)) {}

  // At least one record, then more while they are below `bytes_max`; fewer at the segment's end.
  // Codes of Journal::Read().
  absl::StatusOr<std::vector<Record>> Read(const ReadOrder& order);
  // Checks the file as it is found under its name, on from where an earlier call got to: so much of
  // it, and the rest of the last record. DataLoss: it is not as it was written.
  absl::StatusOr<Checked> Check(const ReadableSegment& segment, Checked from, size_t bytes_max);
  // Its file is another one from now on.
  void Forget(SegmentNumber number);

 private:
  // Segments whose index is kept: readers of history go from one to the next.
  static constexpr size_t kOpenMax = 4;

  struct OpenSegment {
    SegmentNumber number;
    std::unique_ptr<io::File> file;
    uint32_t salt = 0;
    SegmentIndex index;
  };

  absl::StatusOr<std::unique_ptr<io::File>> OpenFile(SegmentNumber number);
  // With its index extended to all that is readable.
  absl::StatusOr<OpenSegment*> Open(const ReadableSegment& segment);
  absl::Status Extend(OpenSegment* open, uint64_t bytes);
  absl::StatusOr<std::vector<Record>> ReadStretches(const OpenSegment& open,
                                                    const ReadOrder& order);
  absl::StatusOr<std::vector<Record>> ReadStretch(const OpenSegment& open, const Stretch& stretch);
  absl::Status AddNotes(const OpenSegment& open, const Stretch& stretch,
                        std::vector<Record>* records);

  io::FileOps* const files_;
  const std::string journal_id_;
  std::list<OpenSegment> open_;  // Used last, first.
};

}  // namespace peal::journal
