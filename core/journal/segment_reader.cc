#include "core/journal/segment_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "core/journal/record_stream.h"
#include "core/journal/segment_writer.h"

namespace peal::journal {
namespace {

absl::Status DamagedAt(SegmentNumber number, uint64_t offset) {
  return absl::DataLossError(
      fmt::format("{}: the record at byte {} is damaged", SegmentName(number), offset));
}

// The next record, which must be there.
absl::StatusOr<RecordView> Require(RecordStream* stream, SegmentNumber number) {
  PEAL_ASSIGN_OR_RETURN(const std::optional<RecordView> record, stream->Next());
  if (!record) {
    return DamagedAt(number, stream->offset());
  }
  return *record;
}

// Appends, or drops what it truncates; false: the record does not follow.
bool Take(const RecordView& view, std::vector<Record>* records) {
  if (view.type == RecordType::kEntry) {
    std::optional<Record> record = DecodeEntry(view.body);
    if (!record || (!records->empty() && record->index != records->back().index.Next())) {
      return false;
    }
    records->push_back(*std::move(record));
  }
  if (view.type == RecordType::kTruncate) {
    const std::optional<uint64_t> after = DecodeNumber(view.body);
    if (!after) {
      return false;
    }
    std::erase_if(*records, [&](const Record& record) { return record.index > Index(*after); });
  }
  return true;
}

// The records that a reader gets: those it wants, one after the other.
struct Wanted {
  const ReadOrder& order;
  Index next;
  size_t bytes = 0;
  std::vector<Record> records;

  bool more() const { return next <= order.upto && (records.empty() || bytes < order.bytes_max); }
  void TakeFrom(std::vector<Record>* stretch) {
    for (Record& record : *stretch) {
      if (more() && record.index == next) {
        bytes += CostBytes(record);
        records.push_back(std::move(record));
        next = next.Next();
      }
    }
  }
};

}  // namespace

size_t CostBytes(const Record& record) {
  return sizeof(Record) + record.payload->size() + record.note.size();
}

absl::StatusOr<std::vector<Record>> SegmentReader::Read(const ReadOrder& order) {
  PEAL_CHECK(order.from <= order.upto);
  PEAL_ASSIGN_OR_RETURN(OpenSegment * open, Open(order.segment));
  if (order.from <= open->index.base() || order.from > open->index.last()) {
    return DamagedAt(order.segment.number, open->index.end());
  }
  PEAL_ASSIGN_OR_RETURN(std::vector<Record> records, ReadStretches(*open, order));
  if (order.next && records.back().index > open->index.noted()) {
    // The pointer to the segment that was open is not used any more: this one may take its place.
    PEAL_ASSIGN_OR_RETURN(const OpenSegment* const next, Open(*order.next));
    for (Record& record : records) {
      const auto note = next->index.late_notes().find(record.index);
      if (note != next->index.late_notes().end()) {
        record.note = note->second;
      }
    }
  }
  return records;
}

absl::StatusOr<std::vector<Record>> SegmentReader::ReadStretches(const OpenSegment& open,
                                                                 const ReadOrder& order) {
  Wanted wanted{.order = order, .next = order.from};
  while (wanted.more() && wanted.next <= open.index.last()) {
    const Index next = wanted.next;
    const Stretch stretch = open.index.Find(next);
    absl::StatusOr<std::vector<Record>> found = ReadStretch(open, stretch);
    if (found.ok()) {
      wanted.TakeFrom(&*found);
    }
    if (wanted.next != next) {
      continue;
    }
    if (!wanted.records.empty()) {
      break;  // What is good before the damage goes; who reads on finds it.
    }
    return found.ok() ? DamagedAt(open.number, stretch.entries.begin) : found.status();
  }
  return std::move(wanted.records);
}

absl::StatusOr<std::vector<Record>> SegmentReader::ReadStretch(const OpenSegment& open,
                                                               const Stretch& stretch) {
  std::vector<Record> records;
  RecordStream stream(open.file.get(), open.salt, stretch.entries.begin, stretch.entries.end);
  while (!stream.at_end()) {
    const uint64_t offset = stream.offset();
    PEAL_ASSIGN_OR_RETURN(const RecordView view, Require(&stream, open.number));
    if (!Take(view, &records)) {
      return DamagedAt(open.number, offset);
    }
  }
  PEAL_RETURN_IF_ERROR(AddNotes(open, stretch, &records));
  return records;
}

absl::Status SegmentReader::AddNotes(const OpenSegment& open, const Stretch& stretch,
                                     std::vector<Record>* records) {
  RecordStream stream(open.file.get(), open.salt, stretch.notes.begin, stretch.notes.end);
  while (!stream.at_end()) {
    PEAL_ASSIGN_OR_RETURN(const RecordView view, Require(&stream, open.number));
    const std::optional<Note> note =
        view.type == RecordType::kNote ? DecodeNote(view.body) : std::nullopt;
    if (!note || records->empty() || note->index < records->front().index ||
        note->index > records->back().index) {
      continue;
    }
    (*records)[note->index.value() - records->front().index.value()].note = std::string(note->text);
  }
  return absl::OkStatus();
}

absl::StatusOr<SegmentReader::OpenSegment*> SegmentReader::Open(const ReadableSegment& segment) {
  const auto found = std::find_if(open_.begin(), open_.end(), [&](const OpenSegment& open) {
    return open.number == segment.number;
  });
  if (found != open_.end()) {
    open_.splice(open_.begin(), open_, found);
  } else {
    PEAL_ASSIGN_OR_RETURN(std::unique_ptr<io::File> file, OpenFile(segment.number));
    open_.push_front({.number = segment.number,
                      .file = std::move(file),
                      .salt = SaltOf(journal_id_, segment.number)});
    if (open_.size() > kOpenMax) {
      open_.pop_back();
    }
  }
  PEAL_RETURN_IF_ERROR(Extend(&open_.front(), segment.bytes));
  return &open_.front();
}

// That it is gone is not the same as that it is not held.
absl::StatusOr<std::unique_ptr<io::File>> SegmentReader::OpenFile(SegmentNumber number) {
  absl::StatusOr<std::unique_ptr<io::File>> file = files_->Open(SegmentName(number));
  if (absl::IsNotFound(file.status())) {
    return absl::DataLossError(fmt::format("{}: the file is gone", SegmentName(number)));
  }
  return file;
}

absl::Status SegmentReader::Extend(OpenSegment* open, uint64_t bytes) {
  SegmentIndex& index = open->index;
  // A file that is shorter than it was reads as damage at its end.
  RecordStream stream(open->file.get(), index.end() == 0 ? kStartSalt : open->salt, index.end(),
                      std::max(bytes, index.end()));
  while (!stream.at_end()) {
    PEAL_ASSIGN_OR_RETURN(const std::optional<RecordView> record, stream.Next());
    // What is good before the damage is still found.
    if (!record || !index.Add(*record)) {
      break;
    }
    stream.set_salt(open->salt);
  }
  return absl::OkStatus();
}

absl::StatusOr<Checked> SegmentReader::Check(const ReadableSegment& segment, Checked from,
                                             size_t bytes_max) {
  PEAL_ASSIGN_OR_RETURN(const std::unique_ptr<io::File> file, OpenFile(segment.number));
  const uint32_t salt = SaltOf(journal_id_, segment.number);
  RecordStream stream(file.get(), from.offset == 0 ? kStartSalt : salt, from.offset, segment.bytes);
  Checked checked = from;
  if (from.offset == 0) {
    PEAL_ASSIGN_OR_RETURN(const RecordView record, Require(&stream, segment.number));
    const std::optional<SegmentStart> start =
        record.type == RecordType::kStart ? DecodeStart(record.body) : std::nullopt;
    if (!start || start->journal_id != journal_id_ || start->number != segment.number) {
      return absl::DataLossError(fmt::format("{}, byte 0: it is another segment than its name says",
                                             SegmentName(segment.number)));
    }
    checked.last = start->place.index;
    stream.set_salt(salt);
  }
  while (!stream.at_end() && stream.offset() - from.offset < bytes_max) {
    PEAL_ASSIGN_OR_RETURN(const RecordView record, Require(&stream, segment.number));
    // Both begin with an index.
    if (record.type == RecordType::kEntry || record.type == RecordType::kTruncate) {
      checked.last = Index(DecodeNumber(record.body.substr(0, sizeof(uint64_t))).value_or(0));
    }
  }
  checked.offset = stream.offset();
  return checked;
}

void SegmentReader::Forget(SegmentNumber number) {
  open_.remove_if([number](const OpenSegment& open) { return open.number == number; });
}

}  // namespace peal::journal
