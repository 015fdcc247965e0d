// Writes a journal's files: the side of the journal that lives on the writing worker.
//
// What may be on the disk after a crash at any step:
// - while bytes are appended: what was there, and any part of them;
// - while a segment is begun: NAME.new in any state, which counts for nothing; the segment before
// it
//   whole. Once it has its name, all that it begins with is durable;
// - while old segments are removed: the oldest are gone, none from the middle.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/io/file_ops.h"
#include "core/journal/head_file.h"
#include "core/journal/record_format.h"

namespace peal::journal {

// segment-00000000000000000001
std::string SegmentName(SegmentNumber number);
// What a segment is called until all of its start is durable.
std::string UnfinishedName(SegmentNumber number);

// Records that are written together.
struct Chunk {
  SegmentNumber segment;
  uint64_t offset = 0;  // 0: they begin the segment.
  std::string bytes;
};

// Not thread-safe: made by whoever opens the journal, then used by the worker only.
class SegmentWriter {
 public:
  // Goes on at `size` of `file`, the segment `number`; null: there is no segment yet.
  SegmentWriter(io::FileOps* files, std::unique_ptr<io::File> file, SegmentNumber number,
                uint64_t size, std::unique_ptr<HeadFile> head);

  // Writes the chunks in order, then makes all of it durable, and tells the head file. What is
  // written is taken out of `chunks`. ResourceExhausted: no room for those that are left, which
  // continue what is there. Any other error is for good: every later call answers with it.
  absl::Status Write(std::vector<Chunk>* chunks, const Head& head);

  // The same at the journal's end, when it is too late to tell of an error. Writes nothing when
  // what should have come before is not there.
  void WriteLast(std::vector<Chunk>* chunks, const Head& head);

  // Removes segments, oldest first.
  void Remove(const std::vector<SegmentNumber>& segments);

 private:
  // Room is taken in steps of this, so that not every append is a change of the file's map.
  static constexpr uint64_t kReserveBytes = 4 << 20;

  absl::Status WriteAll(std::vector<Chunk>* chunks);
  absl::Status Append(const Chunk& chunk);
  absl::Status Reserve(uint64_t end);
  absl::Status Begin(const Chunk& chunk);
  absl::StatusOr<std::unique_ptr<io::File>> WriteUnfinished(const Chunk& chunk);
  absl::Status SyncFile();

  io::FileOps* const files_;
  std::unique_ptr<io::File> file_;
  SegmentNumber number_;
  uint64_t size_;
  uint64_t reserved_;
  bool dirty_ = false;
  const std::unique_ptr<HeadFile> head_;
  absl::Status failed_;
};

}  // namespace peal::journal
