// Where a segment's entries and notes stand, sparsely. Pure; a value.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/journal/record_format.h"

namespace peal::journal {

// A part of the file.
struct Extent {
  uint64_t begin = 0;
  uint64_t end = 0;
};

// A stretch of entries that follow one another, and where they are.
struct Stretch {
  Index first;
  Extent entries;  // The last of each index in here is the one that counts.
  Extent notes;    // Those of these entries are in here, among others.
};

// It takes in a segment's records in order.
class SegmentIndex {
 public:
  // False: the record cannot stand here.
  bool Add(const RecordView& record);

  // What has been taken in ends here.
  uint64_t end() const { return end_; }
  // The entries that it holds are beyond `base`, up to `last`.
  Index base() const { return start_.place.index; }
  Index last() const { return last_; }
  // Up to here the entries' notes are in this segment, or in earlier ones.
  Index noted() const { return noted_; }
  // Notes of entries before this segment's checkpoint: made after it, for a few of its last.
  const std::map<Index, std::string>& late_notes() const { return late_notes_; }

  // The stretch that `index` is in, which is one of this segment's entries.
  Stretch Find(Index index) const;

 private:
  // One point for each so many bytes of entries.
  static constexpr uint64_t kStretchBytes = 64 << 10;

  bool AddEntry(const RecordView& record);
  bool AddTruncate(const RecordView& record);
  bool AddNote(const RecordView& record);
  // The stretch of `index` among all that begin at or before it.
  size_t PointOf(Index index) const;

  SegmentStart start_;
  bool started_ = false;
  // Grows in index and place. `entries.end` is where the next one begins.
  std::vector<Stretch> points_;
  uint64_t end_ = 0;
  Index last_;
  Index noted_;
  std::map<Index, std::string> late_notes_;
};

}  // namespace peal::journal
