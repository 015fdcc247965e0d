// The bytes of a journal: one record after the other. docs/journal_format.md has the tables.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/ids.h"
#include "core/journal/journal.h"

namespace peal::journal {

// A segment's place among a journal's files; dense.
using SegmentNumber = Id<struct SegmentNumberTag, uint64_t>;

enum class RecordType : uint8_t {
  kStart = 1,
  kSummary = 2,
  kState = 3,
  kEntry = 4,
  kTruncate = 5,
  kPromise = 6,
  kMarks = 7,
  kNote = 8,
  kEnd = 9,
};

inline constexpr uint32_t kFormatVersion = 1;
inline constexpr size_t kRecordHeaderBytes = 32;
inline constexpr size_t kRecordAlignment = 8;
inline constexpr size_t kJournalIdBytes = 16;
// What a record carries; more is not written, and not believed when read.
inline constexpr size_t kBodyBytesMax = size_t{1} << 30;
// The salt of a segment's first record, which tells what the salt of the others is.
inline constexpr uint32_t kStartSalt = 0;

// Where a record stands: it is good nowhere else.
struct Spot {
  uint32_t salt = 0;  // SaltOf() its segment.
  uint64_t offset = 0;
  // Of this file, what was known to survive a power loss when the record was made.
  uint64_t synced_through = 0;
};

struct RecordView {
  RecordType type = RecordType::kEnd;
  uint64_t offset = 0;
  uint64_t synced_through = 0;
  std::string_view body;
  uint64_t end = 0;  // Offset of what follows.
};

// Mixed into the sums of a segment's records, so that those of no other segment pass for them.
uint32_t SaltOf(const std::string& journal_id, SegmentNumber number);

// What a record with a body of so many bytes takes.
size_t RecordBytes(size_t body_bytes);
// Appends one record whose body is the parts, one after the other.
void AppendRecord(const Spot& spot, RecordType type, std::initializer_list<std::string_view> body,
                  std::string* out);

// Whether `bytes` begin with the header of a record of that place.
bool IsHeaderOf(std::string_view bytes, uint64_t offset);
// The bytes that the record takes whose header `bytes` begin with; nullopt: they do not begin with
// a header, or are fewer than one.
std::optional<size_t> PeekRecordBytes(std::string_view bytes);
// The record that `bytes` begin with; nullopt: not a whole one, or not one of that place.
std::optional<RecordView> ParseRecord(std::string_view bytes, uint32_t salt, uint64_t offset);

// What a segment's first record says: where it begins, and what was so then.
struct SegmentStart {
  std::string journal_id;  // kJournalIdBytes.
  SegmentNumber number;
  // The segment before it does not lead up to its checkpoint: the log was taken over from
  // elsewhere.
  bool stands_alone = false;
  Epoch promised;
  Epoch log_epoch;
  Marks marks;
  Index noted;  // Up to it the entries' notes are in earlier segments, or in this one's copies.
  Place place;  // Of its checkpoint.
  base::Digest chain{};
};

std::string EncodeStart(const SegmentStart& start);
// The format's version, of whatever version the rest is. nullopt: too short.
std::optional<uint32_t> DecodeVersion(std::string_view body);
// All of these: nullopt when the body is not of that kind.
std::optional<SegmentStart> DecodeStart(std::string_view body);

// An entry's body is this, then its payload.
std::string EncodeEntryHead(const Record& record);
std::optional<Record> DecodeEntry(std::string_view body);

std::string EncodeNumber(uint64_t number);
std::optional<uint64_t> DecodeNumber(std::string_view body);

std::string EncodeMarks(const Marks& marks);
std::optional<Marks> DecodeMarks(std::string_view body);

struct Note {
  Index index;
  std::string_view text;
};
// A note's body is EncodeNumber(index), then its text.
std::optional<Note> DecodeNote(std::string_view body);

}  // namespace peal::journal
