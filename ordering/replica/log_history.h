// The applied log read back from the journal, by globalseq: what the machine released once, made
// again.
//
// Numbers are not in the log: they follow from it. So reading starts at a checkpoint, which knows
// the number it stands at, and counts on; which events were duplicates stands in the notes beside
// the entries. Who goes on where an answer ended costs no counting: such places are remembered.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "core/journal/journal.h"
#include "ordering/numbering.h"
#include "ordering/output.h"

namespace peal::ordering {

// The note for `release`; empty when it needs none.
std::string NoteOf(const Release& release);

// Loop thread only. The journal outlives it and what it has asked of it.
class LogHistory {
 public:
  // Places that are remembered: about as many readers can go on without counting.
  static constexpr size_t kCursorsMax = 64;

  explicit LogHistory(journal::Journal* journal);

  // Oldest globalseq that can be read; 0: none.
  Sequence first() const;

  // One that can be read and is not beyond the first one since `time_us` (UTC), if the clocks of
  // the cluster are within kClockSkewUs of one another; 0: none can be read.
  static constexpr int64_t kClockSkewUs = 60'000'000;
  Sequence PlaceBefore(int64_t time_us) const;

  // Reads the releases from the one that holds `from`, which is committed, up to that of
  // `committed` at most: at least one, then while they are below `bytes_max`. Calls `done` later.
  // NotFound: the journal no longer holds it. DataLoss, Unavailable: as Journal::Read().
  using Callback = std::function<void(absl::StatusOr<std::vector<Release>>)>;
  void Read(Sequence from, Index committed, size_t bytes_max, Callback done);

 private:
  // The place after an entry.
  struct Cursor {
    Position position;
    Numbering numbering;
  };
  struct Request {
    Sequence from;
    Index committed;
    size_t bytes_max = 0;
    Callback done;
  };

  void Open(Request request);
  void Continue(Cursor cursor, Request request);
  void Take(Cursor cursor, Request request, const std::vector<journal::Record>& records);
  void Remember(Cursor cursor);

  journal::Journal* const journal_;
  std::deque<Cursor> cursors_;  // Latest last.
};

}  // namespace peal::ordering
