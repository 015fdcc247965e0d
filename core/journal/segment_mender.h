// Makes a segment anew that was found damaged, from records that came from elsewhere: a part of the
// side of the journal that lives on the reading worker.
//
// What may be on the disk after a crash at any step: the damaged file, and NAME.new in any state,
// which counts for nothing; or the new file, whole, in the damaged one's place.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/io/file_ops.h"
#include "core/journal/journal.h"
#include "core/journal/record_format.h"

namespace peal::journal {

struct MendOrder {
  bool first = false;  // Of a segment: what was there before is given up.
  SegmentStart start;
  std::string summary;
  Index upto;  // The last record that the segment has to hold.
  std::vector<Record> records;
};

// Not thread-safe: used by the worker only.
class SegmentMender {
 public:
  explicit SegmentMender(io::FileOps* files) : files_(files) {}

  // Takes records that follow those of the orders before. When the last one is there the file is
  // made durable and takes the place of the damaged one: the answer is its size, otherwise 0. Codes
  // of FileOps; the next order then has to be a first one.
  absl::StatusOr<uint64_t> Add(const MendOrder& order);

 private:
  absl::Status Begin(const MendOrder& order);
  // Appends one record to what is written next.
  void Put(RecordType type, std::initializer_list<std::string_view> body);
  absl::StatusOr<uint64_t> Write(const MendOrder& order);

  io::FileOps* const files_;
  std::unique_ptr<io::File> file_;
  uint32_t salt_ = 0;
  uint64_t written_ = 0;
  std::string waiting_;
  Index last_;
};

}  // namespace peal::journal
