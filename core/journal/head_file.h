// The file `head`: how far a journal was known to be durable, told elsewhere than in the journal.
// With it a segment that was shortened, or replaced by an older copy, is told from one that a crash
// tore.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/ids.h"
#include "core/base/sha256.h"
#include "core/io/file_ops.h"
#include "core/journal/record_format.h"

namespace peal::journal {

inline constexpr const char* kHeadName = "head";

// Up to `offset` the segment was durable, and its last entry was `index` with `chain`.
struct Head {
  std::string journal_id;  // kJournalIdBytes.
  SegmentNumber segment;
  uint64_t offset = 0;
  Index index;
  base::Digest chain{};
};

// Two slots that are written in turn, so that one is whole whatever a crash does to the other.
// Written without a sync: it outlives the process, and lags behind after a power loss. Never ahead.
// Not thread-safe.
class HeadFile {
 public:
  // Reads the file where there is one; the first Write() makes it where there is none. Codes of
  // FileOps.
  static absl::StatusOr<std::unique_ptr<HeadFile>> Open(io::FileOps* files);

  // What the file said when it was opened; nullopt: it has no good slot.
  const std::optional<Head>& found() const { return found_; }

  // Codes of FileOps; the file may then still say what it said before.
  absl::Status Write(const Head& head);

 private:
  explicit HeadFile(io::FileOps* files) : files_(files) {}

  absl::Status Make();

  io::FileOps* const files_;
  std::unique_ptr<io::File> file_;
  std::optional<Head> found_;
  uint64_t turn_ = 0;
};

}  // namespace peal::journal
