#include "core/journal/replay.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/base/check.h"

namespace peal::journal {

Index Replay::last() const {
  return recovered_.records.empty() ? start_.place.index : recovered_.records.back().index;
}

const base::Digest& Replay::last_chain() const {
  return recovered_.records.empty() ? start_.chain : recovered_.records.back().chain;
}

bool Replay::Apply(const RecordView& record) {
  if (stage_ != Stage::kLog) {
    return ApplyHead(record);
  }
  switch (record.type) {
    case RecordType::kEntry:
      return ApplyEntry(record);
    case RecordType::kTruncate:
      return ApplyTruncate(record);
    case RecordType::kPromise:
      return ApplyPromise(record);
    case RecordType::kMarks:
      return ApplyMarks(record);
    case RecordType::kNote:
      return ApplyNote(record);
    case RecordType::kEnd:
      return record.body.empty();
    case RecordType::kStart:
    case RecordType::kSummary:
    case RecordType::kState:
      return false;
  }
  return false;
}

bool Replay::ApplyHead(const RecordView& record) {
  if (stage_ == Stage::kNothing && record.type == RecordType::kStart) {
    return ApplyStart(record);
  }
  if (stage_ == Stage::kStart && record.type == RecordType::kSummary) {
    recovered_.checkpoint.summary = std::string(record.body);
    stage_ = Stage::kSummary;
    return true;
  }
  if (stage_ == Stage::kSummary && record.type == RecordType::kState) {
    recovered_.checkpoint.state = std::string(record.body);
    stage_ = Stage::kLog;
    return true;
  }
  return false;
}

bool Replay::ApplyStart(const RecordView& record) {
  std::optional<SegmentStart> start = DecodeStart(record.body);
  // A checkpoint is the last committed place.
  if (!start || start->marks.committed > start->place.index) {
    return false;
  }
  start_ = *std::move(start);
  recovered_.id = start_.journal_id;
  recovered_.promised = start_.promised;
  recovered_.log_epoch = start_.log_epoch;
  recovered_.marks = start_.marks;
  recovered_.checkpoint.index = start_.place.index;
  recovered_.checkpoint.sequence = start_.place.sequence;
  recovered_.checkpoint.time_us = start_.place.time_us;
  recovered_.checkpoint.chain = start_.chain;
  noted_ = start_.noted;
  stage_ = Stage::kStart;
  return true;
}

bool Replay::ApplyEntry(const RecordView& record) {
  std::optional<Record> entry = DecodeEntry(record.body);
  if (!entry || entry->index != last().Next()) {
    return false;
  }
  if (entry->opens_epoch) {
    recovered_.log_epoch = std::max(recovered_.log_epoch, entry->epoch);
    recovered_.promised = std::max(recovered_.promised, entry->epoch);
  }
  recovered_.records.push_back(*std::move(entry));
  return true;
}

bool Replay::ApplyTruncate(const RecordView& record) {
  const std::optional<uint64_t> after = DecodeNumber(record.body);
  if (!after || Index(*after) < start_.place.index || Index(*after) > last() ||
      Index(*after) < recovered_.marks.committed) {
    return false;
  }
  recovered_.records.resize(*after - start_.place.index.value());
  // What was confirmed beyond is gone, and what comes there next has been confirmed by nobody.
  recovered_.marks.confirmed = std::min(recovered_.marks.confirmed, Index(*after));
  PEAL_CHECK(last() == Index(*after));
  return true;
}

bool Replay::ApplyPromise(const RecordView& record) {
  const std::optional<uint64_t> promised = DecodeNumber(record.body);
  if (!promised) {
    return false;
  }
  recovered_.promised = std::max(recovered_.promised, Epoch(*promised));
  return true;
}

bool Replay::ApplyMarks(const RecordView& record) {
  const std::optional<Marks> marks = DecodeMarks(record.body);
  if (!marks || marks->committed > last()) {
    return false;
  }
  recovered_.marks = *marks;
  return true;
}

bool Replay::ApplyNote(const RecordView& record) {
  const std::optional<Note> note = DecodeNote(record.body);
  if (!note || note->index > last()) {
    return false;
  }
  noted_ = std::max(noted_, note->index);
  // Only what is committed has notes.
  recovered_.marks.committed = std::max(recovered_.marks.committed, note->index);
  recovered_.marks.confirmed = std::max(recovered_.marks.confirmed, note->index);
  // Of an entry before the checkpoint: for readers of history only.
  if (note->index > start_.place.index) {
    const size_t at = note->index.value() - start_.place.index.value() - 1;
    PEAL_CHECK(at < recovered_.records.size());
    recovered_.records[at].note = std::string(note->text);
  }
  return true;
}

}  // namespace peal::journal
