#include "ordering/batch.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "core/base/check.h"
#include "ordering/packing.h"
#include "proto/group.pb.h"

namespace peal::ordering {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;

constexpr uint32_t BytesTag(int field) {
  return static_cast<uint32_t>(field) << 3 | WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
}
constexpr uint32_t NumberTag(int field) {
  return static_cast<uint32_t>(field) << 3 | WireFormatLite::WIRETYPE_VARINT;
}

using Event = proto::BatchEvent;
constexpr uint32_t kEvent = BytesTag(Event::kEventFieldNumber);
constexpr uint32_t kKey = BytesTag(Event::kKeyFieldNumber);
constexpr uint32_t kSubject = BytesTag(Event::kSubjectFieldNumber);
constexpr uint32_t kExpectSubject = NumberTag(Event::kExpectSubjectSeqFieldNumber);
constexpr uint32_t kSession = BytesTag(Event::kSessionFieldNumber);
constexpr uint32_t kClientSequence = NumberTag(Event::kClientSequenceFieldNumber);
constexpr uint32_t kOutstanding = NumberTag(Event::kOutstandingFieldNumber);
constexpr uint32_t kCursor = BytesTag(Event::kCursorFieldNumber);

using Record = proto::BatchRecord;
constexpr uint32_t kNode = NumberTag(Record::kNodeFieldNumber);
constexpr uint32_t kIncarnation = NumberTag(Record::kIncarnationFieldNumber);
constexpr uint32_t kNumber = NumberTag(Record::kNumberFieldNumber);
constexpr uint32_t kEvents = BytesTag(Record::kEventsFieldNumber);
constexpr uint32_t kPacked = BytesTag(Record::kPackedFieldNumber);
constexpr uint32_t kUnpackedBytes = NumberTag(Record::kUnpackedBytesFieldNumber);

constexpr uint32_t kEnvelopeBatch = BytesTag(proto::Envelope::kBatchFieldNumber);
constexpr uint32_t kPayload = BytesTag(proto::Batch::kPayloadFieldNumber);

// Reads fields of a message; what it is not asked for is passed over, as a decoder does.
class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes)
      : bytes_(bytes),
        in_(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int>(bytes.size())) {}

  // 0: at the end, or broken.
  uint32_t NextTag() { return good_ ? in_.ReadTag() : 0; }
  void Skip(uint32_t tag) { good_ = WireFormatLite::SkipField(&in_, tag); }
  uint64_t Number() {
    uint64_t value = 0;
    good_ = in_.ReadVarint64(&value);
    return value;
  }
  std::string_view Bytes() {
    uint32_t size = 0;
    const bool read = in_.ReadVarint32(&size);
    const auto begin = static_cast<size_t>(in_.CurrentPosition());
    good_ = read && size <= bytes_.size() - begin && in_.Skip(static_cast<int>(size));
    return good_ ? bytes_.substr(begin, size) : std::string_view();
  }
  bool AtEnd() { return good_ && in_.ConsumedEntireMessage(); }
  void Break() { good_ = false; }

 private:
  const std::string_view bytes_;
  CodedInputStream in_;
  bool good_ = true;
};

// `session` is the last one that the batch named, and becomes the one that this event names.
std::optional<BatchEvent> ReadEvent(std::string_view bytes, ClientSession* session) {
  FieldReader fields(bytes);
  BatchEvent event;
  uint64_t outstanding = 0;
  while (const uint32_t tag = fields.NextTag()) {
    switch (tag) {
      case kEvent:
        event.event = fields.Bytes();
        break;
      case kKey:
        event.key = fields.Bytes();
        break;
      case kSubject:
        event.subject = fields.Bytes();
        break;
      case kExpectSubject:
        event.expect_subject = Sequence(fields.Number());
        break;
      case kSession:
        if (const std::string_view named = fields.Bytes(); named.size() == session->size()) {
          std::copy(named.begin(), named.end(), session->begin());
        } else {
          fields.Break();
        }
        break;
      case kClientSequence:
        event.client.sequence = ClientSequence(fields.Number());
        break;
      case kOutstanding:
        outstanding = fields.Number();
        break;
      case kCursor:
        event.cursor = fields.Bytes();
        break;
      default:
        fields.Skip(tag);
    }
  }
  if (event.client.numbered() && outstanding < event.client.sequence.value()) {
    event.client.session = *session;
    event.client.unanswered_from = ClientSequence(event.client.sequence.value() - outstanding);
  } else if (event.client.numbered()) {
    fields.Break();
  }
  return fields.AtEnd() ? std::optional(event) : std::nullopt;
}

// Room for a tag and a number.
using Varint = std::array<uint8_t, 15>;

void AppendNumber(uint32_t tag, uint64_t value, std::string* out) {
  Varint buffer;
  uint8_t* end = CodedOutputStream::WriteVarint32ToArray(tag, buffer.data());
  end = CodedOutputStream::WriteVarint64ToArray(value, end);
  out->append(reinterpret_cast<const char*>(buffer.data()),
              static_cast<size_t>(end - buffer.data()));
}

// As proto3, which writes no empty field.
void AppendBytes(uint32_t tag, std::string_view bytes, std::string* out) {
  if (!bytes.empty()) {
    AppendNumber(tag, bytes.size(), out);
    out->append(bytes);
  }
}

// Tags of these fields take one byte.
size_t SizeOfBytes(std::string_view bytes) {
  return bytes.empty() ? 0 : 1 + CodedOutputStream::VarintSize64(bytes.size()) + bytes.size();
}

size_t SizeOfNumber(uint64_t value) {
  return value == 0 ? 0 : 1 + CodedOutputStream::VarintSize64(value);
}

uint64_t OutstandingOf(const ClientPublish& client) {
  return client.sequence.value() - client.unanswered_from.value();
}

// `session`: what of the client's session is to be written.
size_t SizeOf(const BatchEvent& event, std::string_view session) {
  size_t size = SizeOfBytes(event.event) + SizeOfBytes(event.key) + SizeOfBytes(event.subject) +
                SizeOfBytes(event.cursor);
  if (event.expect_subject) {
    size += 1 + CodedOutputStream::VarintSize64(event.expect_subject->value());
  }
  if (event.client.numbered()) {
    size += SizeOfBytes(session) + SizeOfNumber(event.client.sequence.value()) +
            SizeOfNumber(OutstandingOf(event.client));
  }
  return size;
}

// Of a batch that is not packed.
std::optional<Batch> ReadEvents(std::string_view payload) {
  FieldReader fields(payload);
  Batch batch;
  ClientSession session{};
  while (const uint32_t tag = fields.NextTag()) {
    switch (tag) {
      case kNode:
        batch.id.node = NodeId(static_cast<uint32_t>(fields.Number()));
        break;
      case kIncarnation:
        batch.id.incarnation = Incarnation(fields.Number());
        break;
      case kNumber:
        batch.id.number = BatchNumber(fields.Number());
        break;
      case kEvents:
        if (const std::optional<BatchEvent> event = ReadEvent(fields.Bytes(), &session)) {
          batch.events.push_back(*event);
        } else {
          fields.Break();
        }
        break;
      default:
        fields.Skip(tag);
    }
  }
  return fields.AtEnd() ? std::optional(std::move(batch)) : std::nullopt;
}

}  // namespace

std::optional<Batch> ReadBatch(std::string_view payload) {
  FieldReader fields(payload);
  std::string_view block;
  uint64_t size = 0;
  while (const uint32_t tag = fields.NextTag()) {
    switch (tag) {
      case kPacked:
        block = fields.Bytes();
        break;
      case kUnpackedBytes:
        size = fields.Number();
        break;
      default:
        return ReadEvents(payload);
    }
  }
  if (!fields.AtEnd() || block.empty()) {
    return ReadEvents(payload);
  }
  std::shared_ptr<const std::string> unpacked = UnpackBatch(block, size);
  if (unpacked == nullptr) {
    return std::nullopt;
  }
  std::optional<Batch> batch = ReadEvents(*unpacked);
  if (batch) {
    batch->unpacked = std::move(unpacked);
  }
  return batch;
}

void AppendBatchBody(std::string_view payload, std::string* envelope) {
  PEAL_CHECK(!payload.empty());
  const size_t size = SizeOfBytes(payload);
  envelope->reserve(envelope->size() + 2 * std::tuple_size_v<Varint> + size);
  AppendNumber(kEnvelopeBatch, size, envelope);
  AppendBytes(kPayload, payload, envelope);
}

void BatchWriter::Add(const BatchEvent& event) {
  PEAL_CHECK(event.client.unanswered_from <= event.client.sequence);
  std::string_view session;
  if (event.client.numbered() && event.client.session != session_) {
    session_ = event.client.session;
    session = {session_.data(), session_.size()};
  }
  const size_t size = SizeOf(event, session);
  AppendNumber(kEvents, size, &payload_);
  const size_t begin = payload_.size();
  AppendBytes(kEvent, event.event, &payload_);
  AppendBytes(kKey, event.key, &payload_);
  AppendBytes(kSubject, event.subject, &payload_);
  if (event.expect_subject) {
    AppendNumber(kExpectSubject, event.expect_subject->value(), &payload_);
  }
  if (event.client.numbered()) {
    AppendBytes(kSession, session, &payload_);
    AppendNumber(kClientSequence, event.client.sequence.value(), &payload_);
    if (const uint64_t outstanding = OutstandingOf(event.client); outstanding != 0) {
      AppendNumber(kOutstanding, outstanding, &payload_);
    }
  }
  AppendBytes(kCursor, event.cursor, &payload_);
  PEAL_CHECK(payload_.size() == begin + size);
}

std::string BatchWriter::Finish(const BatchId& id) {
  AppendNumber(kNode, id.node.value(), &payload_);
  AppendNumber(kIncarnation, id.incarnation.value(), &payload_);
  AppendNumber(kNumber, id.number.value(), &payload_);
  session_ = {};
  return PackBatch(std::exchange(payload_, {}));
}

}  // namespace peal::ordering
