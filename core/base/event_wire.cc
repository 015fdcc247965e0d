#include "core/base/event_wire.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <array>

#include "proto/event.pb.h"

namespace peal::base {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;

constexpr uint32_t Tag(int field, WireFormatLite::WireType type) {
  return static_cast<uint32_t>(field) << 3 | static_cast<uint32_t>(type);
}

constexpr uint32_t kTypeTag =
    Tag(proto::Event::kTypeFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);

uint8_t* WriteNumber(int field, uint64_t value, uint8_t* out) {
  out = CodedOutputStream::WriteVarint32ToArray(Tag(field, WireFormatLite::WIRETYPE_VARINT), out);
  return CodedOutputStream::WriteVarint64ToArray(value, out);
}

}  // namespace

std::optional<std::string_view> TypeOf(std::string_view encoded) {
  CodedInputStream in(reinterpret_cast<const uint8_t*>(encoded.data()),
                      static_cast<int>(encoded.size()));
  std::optional<std::string_view> type;
  while (const uint32_t tag = in.ReadTag()) {
    if (tag != kTypeTag) {
      if (!WireFormatLite::SkipField(&in, tag)) {
        return std::nullopt;
      }
      continue;
    }
    uint32_t size = 0;
    if (!in.ReadVarint32(&size) || size > encoded.size()) {
      return std::nullopt;
    }
    type = encoded.substr(static_cast<size_t>(in.CurrentPosition()), size);
    if (!in.Skip(static_cast<int>(size))) {
      return std::nullopt;
    }
  }
  return in.ConsumedEntireMessage() ? type : std::nullopt;
}

void AppendOrderStamps(Sequence globalseq, Epoch epoch, std::string* encoded) {
  std::array<uint8_t, kOrderStampsBytesMax> stamps;
  uint8_t* end = WriteNumber(proto::Event::kGlobalseqFieldNumber, globalseq.value(), stamps.data());
  end = WriteNumber(proto::Event::kEpochFieldNumber, epoch.value(), end);
  encoded->append(reinterpret_cast<const char*>(stamps.data()),
                  static_cast<size_t>(end - stamps.data()));
}

}  // namespace peal::base
