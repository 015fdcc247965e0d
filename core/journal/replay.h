// What a segment's records, taken in order, amount to. Pure; a value.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "core/journal/journal.h"
#include "core/journal/record_format.h"

namespace peal::journal {

class Replay {
 public:
  // False: the record cannot stand here, and nothing is changed. The first is a kStart, then a
  // kSummary and a kState.
  bool Apply(const RecordView& record);

  // Whether the first three are there: without them a segment says nothing.
  bool complete() const { return stage_ == Stage::kLog; }
  const SegmentStart& start() const { return start_; }
  Index last() const;
  const base::Digest& last_chain() const;
  Index noted() const { return noted_; }

  // Notes included.
  const Recovered& recovered() const { return recovered_; }
  Recovered Take() { return std::move(recovered_); }

 private:
  enum class Stage : uint8_t { kNothing, kStart, kSummary, kLog };

  bool ApplyHead(const RecordView& record);
  bool ApplyStart(const RecordView& record);
  bool ApplyEntry(const RecordView& record);
  bool ApplyTruncate(const RecordView& record);
  bool ApplyPromise(const RecordView& record);
  bool ApplyMarks(const RecordView& record);
  bool ApplyNote(const RecordView& record);

  Stage stage_ = Stage::kNothing;
  SegmentStart start_;
  Recovered recovered_;
  Index noted_;
};

}  // namespace peal::journal
