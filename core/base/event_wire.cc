#include "core/base/event_wire.h"

#include <google/protobuf/io/coded_stream.h>

#include <array>

#include "core/base/wire_fields.h"
#include "proto/event.pb.h"

namespace peal::base {
namespace {

using google::protobuf::io::CodedOutputStream;

uint8_t* WriteNumber(int field, uint64_t value, uint8_t* out) {
  uint8_t* const after_tag =
      CodedOutputStream::WriteVarint32ToArray(Tag(field, WireType::kVarint), out);
  return CodedOutputStream::WriteVarint64ToArray(value, after_tag);
}

}  // namespace

std::optional<std::string_view> TypeOf(std::string_view encoded) {
  std::optional<std::string_view> type;
  WireFields fields(encoded);
  while (fields.Next()) {
    if (fields.tag() == Tag(proto::Event::kTypeFieldNumber, WireType::kBytes)) {
      type = fields.bytes();
    }
  }
  return fields.whole() ? type : std::nullopt;
}

std::optional<int64_t> TimeUsOf(std::string_view encoded) {
  std::optional<int64_t> time_us;
  WireFields fields(encoded);
  while (fields.Next()) {
    if (fields.tag() == Tag(proto::Event::kTimeUsFieldNumber, WireType::kVarint)) {
      time_us = static_cast<int64_t>(fields.value());
    }
  }
  return fields.whole() ? time_us : std::nullopt;
}

void AppendOrderStamps(Sequence globalseq, Epoch epoch, std::string* encoded) {
  std::array<uint8_t, kOrderStampsBytesMax> stamps;
  uint8_t* end = WriteNumber(proto::Event::kGlobalseqFieldNumber, globalseq.value(), stamps.data());
  end = WriteNumber(proto::Event::kEpochFieldNumber, epoch.value(), end);
  encoded->append(reinterpret_cast<const char*>(stamps.data()),
                  static_cast<size_t>(end - stamps.data()));
}

}  // namespace peal::base
