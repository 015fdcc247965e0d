#include "core/journal/segment_index.h"

#include <algorithm>
#include <optional>

#include "core/base/check.h"

namespace peal::journal {

bool SegmentIndex::Add(const RecordView& record) {
  PEAL_CHECK(record.offset == end_);
  bool fits = started_;
  if (record.type == RecordType::kStart) {
    const std::optional<SegmentStart> start = DecodeStart(record.body);
    fits = start && !started_;
    if (fits) {
      start_ = *start;
      started_ = true;
      last_ = start_.place.index;
      noted_ = start_.noted;
    }
  } else if (fits && record.type == RecordType::kEntry) {
    fits = AddEntry(record);
  } else if (fits && record.type == RecordType::kTruncate) {
    fits = AddTruncate(record);
  } else if (fits && record.type == RecordType::kNote) {
    fits = AddNote(record);
  }
  if (fits) {
    end_ = record.end;
  }
  return fits;
}

bool SegmentIndex::AddEntry(const RecordView& record) {
  const std::optional<uint64_t> index = DecodeNumber(record.body.substr(0, sizeof(uint64_t)));
  if (!index || Index(*index) != last_.Next()) {
    return false;
  }
  if (points_.empty() || record.offset - points_.back().entries.begin >= kStretchBytes) {
    points_.push_back({.first = Index(*index), .entries = {.begin = record.offset}});
  }
  last_ = Index(*index);
  return true;
}

bool SegmentIndex::AddTruncate(const RecordView& record) {
  const std::optional<uint64_t> after = DecodeNumber(record.body);
  if (!after || Index(*after) < start_.place.index || Index(*after) > last_) {
    return false;
  }
  last_ = Index(*after);
  while (!points_.empty() && points_.back().first > last_) {
    points_.pop_back();
  }
  // What comes now is found by a point of its own, and is not mixed up with what it replaces.
  points_.push_back({.first = last_.Next(), .entries = {.begin = record.end}});
  return true;
}

bool SegmentIndex::AddNote(const RecordView& record) {
  const std::optional<Note> note = DecodeNote(record.body);
  if (!note || note->index > last_) {
    return false;
  }
  noted_ = std::max(noted_, note->index);
  if (note->index <= start_.place.index) {
    late_notes_[note->index] = std::string(note->text);
    return true;
  }
  Extent& notes = points_[PointOf(note->index)].notes;
  notes.begin = notes.end == 0 ? record.offset : notes.begin;
  notes.end = record.end;
  return true;
}

size_t SegmentIndex::PointOf(Index index) const {
  const auto after =
      std::upper_bound(points_.begin(), points_.end(), index,
                       [](Index wanted, const Stretch& point) { return wanted < point.first; });
  PEAL_CHECK(after != points_.begin());
  return static_cast<size_t>(after - points_.begin()) - 1;
}

Stretch SegmentIndex::Find(Index index) const {
  PEAL_CHECK(index > start_.place.index);
  PEAL_CHECK(index <= last_);
  const size_t at = PointOf(index);
  Stretch stretch = points_[at];
  stretch.entries.end = at + 1 < points_.size() ? points_[at + 1].entries.begin : end_;
  PEAL_CHECK(stretch.entries.begin < stretch.entries.end);
  return stretch;
}

}  // namespace peal::journal
