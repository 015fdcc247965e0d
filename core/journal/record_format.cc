#include "core/journal/record_format.h"

#include <utility>

#include "core/base/check.h"
#include "core/base/crc32c.h"
#include "core/journal/byte_codec.h"

namespace peal::journal {
namespace {

constexpr uint32_t kRecordMagic = 0x524c5050;  // "PPLR"
// The sum covers what follows it.
constexpr size_t kRecordSummedFrom = 8;

constexpr uint32_t kStandsAlone = 1;
constexpr uint8_t kOpensEpoch = 1;

struct Header {
  uint32_t magic = 0;
  uint32_t crc = 0;
  uint32_t body_bytes = 0;
  uint8_t type = 0;
  uint64_t offset = 0;
  uint64_t synced_through = 0;
};

std::optional<Header> DecodeHeader(std::string_view bytes) {
  ByteReader reader(bytes.substr(0, kRecordHeaderBytes));
  Header header;
  header.magic = reader.Get<uint32_t>();
  header.crc = reader.Get<uint32_t>();
  header.body_bytes = reader.Get<uint32_t>();
  header.type = reader.Get<uint8_t>();
  reader.GetBytes(3);
  header.offset = reader.Get<uint64_t>();
  header.synced_through = reader.Get<uint64_t>();
  if (!reader.ok() || header.magic != kRecordMagic || header.body_bytes > kBodyBytesMax) {
    return std::nullopt;
  }
  return header;
}

bool IsType(uint8_t type) {
  return type >= static_cast<uint8_t>(RecordType::kStart) &&
         type <= static_cast<uint8_t>(RecordType::kEnd);
}

}  // namespace

uint32_t SaltOf(const std::string& journal_id, SegmentNumber number) {
  PEAL_CHECK(journal_id.size() == kJournalIdBytes);
  return base::Crc32c(journal_id + EncodeNumber(number.value()));
}

size_t RecordBytes(size_t body_bytes) {
  const size_t bytes = kRecordHeaderBytes + body_bytes;
  return (bytes + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
}

void AppendRecord(const Spot& spot, RecordType type, std::initializer_list<std::string_view> body,
                  std::string* out) {
  PEAL_CHECK(spot.offset % kRecordAlignment == 0);
  PEAL_CHECK(spot.synced_through <= spot.offset);
  size_t body_bytes = 0;
  for (const std::string_view part : body) {
    body_bytes += part.size();
  }
  PEAL_CHECK(body_bytes <= kBodyBytesMax);
  const size_t begin = out->size();
  Put(out, kRecordMagic);
  Put(out, uint32_t{0});  // The sum, below.
  Put(out, static_cast<uint32_t>(body_bytes));
  Put(out, static_cast<uint8_t>(type));
  out->append(3, '\0');
  Put(out, spot.offset);
  Put(out, spot.synced_through);
  PEAL_CHECK(out->size() - begin == kRecordHeaderBytes);
  for (const std::string_view part : body) {
    out->append(part);
  }
  const uint32_t crc =
      base::Crc32c(std::string_view(*out).substr(begin + kRecordSummedFrom), spot.salt);
  std::memcpy(out->data() + begin + sizeof kRecordMagic, &crc, sizeof crc);
  out->resize(begin + RecordBytes(body_bytes), '\0');
}

bool IsHeaderOf(std::string_view bytes, uint64_t offset) {
  const std::optional<Header> header = DecodeHeader(bytes);
  return header && header->offset == offset;
}

std::optional<size_t> PeekRecordBytes(std::string_view bytes) {
  const std::optional<Header> header = DecodeHeader(bytes);
  if (!header) {
    return std::nullopt;
  }
  return RecordBytes(header->body_bytes);
}

std::optional<RecordView> ParseRecord(std::string_view bytes, uint32_t salt, uint64_t offset) {
  const std::optional<Header> header = DecodeHeader(bytes);
  if (!header || header->offset != offset || header->synced_through > offset ||
      !IsType(header->type) || bytes.size() < RecordBytes(header->body_bytes)) {
    return std::nullopt;
  }
  const size_t end = kRecordHeaderBytes + header->body_bytes;
  if (base::Crc32c(bytes.substr(kRecordSummedFrom, end - kRecordSummedFrom), salt) != header->crc) {
    return std::nullopt;
  }
  return RecordView{.type = static_cast<RecordType>(header->type),
                    .offset = offset,
                    .synced_through = header->synced_through,
                    .body = bytes.substr(kRecordHeaderBytes, header->body_bytes),
                    .end = offset + RecordBytes(header->body_bytes)};
}

std::string EncodeStart(const SegmentStart& start) {
  PEAL_CHECK(start.journal_id.size() == kJournalIdBytes);
  std::string out;
  Put(&out, kFormatVersion);
  Put(&out, start.stands_alone ? kStandsAlone : 0);
  out += start.journal_id;
  Put(&out, start.number.value());
  Put(&out, start.promised.value());
  Put(&out, start.log_epoch.value());
  Put(&out, start.marks.confirmed.value());
  Put(&out, start.marks.committed.value());
  Put(&out, start.noted.value());
  Put(&out, start.place.index.value());
  Put(&out, start.place.sequence.value());
  Put(&out, start.place.time_us);
  PutDigest(&out, start.chain);
  return out;
}

std::optional<uint32_t> DecodeVersion(std::string_view body) {
  ByteReader reader(body);
  const uint32_t version = reader.Get<uint32_t>();
  return reader.ok() ? std::optional(version) : std::nullopt;
}

std::optional<SegmentStart> DecodeStart(std::string_view body) {
  ByteReader reader(body);
  if (reader.Get<uint32_t>() != kFormatVersion) {
    return std::nullopt;
  }
  SegmentStart start;
  start.stands_alone = (reader.Get<uint32_t>() & kStandsAlone) != 0;
  start.journal_id = std::string(reader.GetBytes(kJournalIdBytes));
  start.number = SegmentNumber(reader.Get<uint64_t>());
  start.promised = Epoch(reader.Get<uint64_t>());
  start.log_epoch = Epoch(reader.Get<uint64_t>());
  start.marks.confirmed = Index(reader.Get<uint64_t>());
  start.marks.committed = Index(reader.Get<uint64_t>());
  start.noted = Index(reader.Get<uint64_t>());
  start.place.index = Index(reader.Get<uint64_t>());
  start.place.sequence = Sequence(reader.Get<uint64_t>());
  start.place.time_us = reader.Get<int64_t>();
  start.chain = reader.GetDigest();
  return reader.ok() && reader.rest().empty() ? std::optional(std::move(start)) : std::nullopt;
}

std::string EncodeEntryHead(const Record& record) {
  std::string out;
  Put(&out, record.index.value());
  Put(&out, record.epoch.value());
  PutDigest(&out, record.chain);
  Put(&out, record.kind);
  Put(&out, record.opens_epoch ? kOpensEpoch : uint8_t{0});
  out.append(6, '\0');
  return out;
}

std::optional<Record> DecodeEntry(std::string_view body) {
  ByteReader reader(body);
  Record record;
  record.index = Index(reader.Get<uint64_t>());
  record.epoch = Epoch(reader.Get<uint64_t>());
  record.chain = reader.GetDigest();
  record.kind = reader.Get<uint8_t>();
  record.opens_epoch = (reader.Get<uint8_t>() & kOpensEpoch) != 0;
  reader.GetBytes(6);
  if (!reader.ok()) {
    return std::nullopt;
  }
  record.payload = std::make_shared<const std::string>(reader.rest());
  return record;
}

std::string EncodeNumber(uint64_t number) {
  std::string out;
  Put(&out, number);
  return out;
}

std::optional<uint64_t> DecodeNumber(std::string_view body) {
  ByteReader reader(body);
  const uint64_t number = reader.Get<uint64_t>();
  return reader.ok() && reader.rest().empty() ? std::optional(number) : std::nullopt;
}

std::string EncodeMarks(const Marks& marks) {
  return EncodeNumber(marks.confirmed.value()) + EncodeNumber(marks.committed.value());
}

std::optional<Marks> DecodeMarks(std::string_view body) {
  ByteReader reader(body);
  Marks marks;
  marks.confirmed = Index(reader.Get<uint64_t>());
  marks.committed = Index(reader.Get<uint64_t>());
  return reader.ok() && reader.rest().empty() ? std::optional(marks) : std::nullopt;
}

std::optional<Note> DecodeNote(std::string_view body) {
  ByteReader reader(body);
  const Index index(reader.Get<uint64_t>());
  return reader.ok() ? std::optional(Note{index, reader.rest()}) : std::nullopt;
}

}  // namespace peal::journal
