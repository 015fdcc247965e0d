// Reads a segment's records one after the other, a piece of the file at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "core/io/file_ops.h"
#include "core/journal/record_format.h"

namespace peal::journal {

// Not thread-safe. The file outlives it.
class RecordStream {
 public:
  // From `from`, where a record begins, to `end`, which is not beyond the file's end.
  RecordStream(io::File* file, uint32_t salt, uint64_t from, uint64_t end)
      : file_(file), salt_(salt), offset_(from), end_(end) {}

  // The next record, valid until the next call. nullopt: at the end, or what comes next is no whole
  // record of this place; offset() tells. Fails as the file's ReadAt().
  absl::StatusOr<std::optional<RecordView>> Next();

  // Where the next record begins.
  uint64_t offset() const { return offset_; }
  bool at_end() const { return offset_ == end_; }

  // From now on the records have this salt.
  void set_salt(uint32_t salt) { salt_ = salt; }

 private:
  static constexpr size_t kPieceBytes = 256 << 10;

  // What of the file begins at offset(): at least `bytes`, or all there is up to the end.
  absl::StatusOr<std::string_view> Window(size_t bytes);

  io::File* const file_;
  uint32_t salt_;
  uint64_t offset_;
  const uint64_t end_;
  std::string buffer_;
  uint64_t buffer_from_ = 0;
};

}  // namespace peal::journal
