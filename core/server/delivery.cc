#include "core/server/delivery.h"

#include <google/protobuf/io/coded_stream.h>

#include <array>

#include "core/base/frame.h"
#include "core/base/wire_fields.h"
#include "proto/session.pb.h"

namespace peal::server {
namespace {

using base::Tag;
using base::WireType;
using google::protobuf::io::CodedOutputStream;

// A varint of five bytes, whatever it holds: the frame is written before its length is known. More
// bytes than needed are allowed (https://protobuf.dev/programming-guides/encoding/#varints).
constexpr size_t kLengthBytes = 5;

// Of the frame's header, the tag of `deliver`, and its length.
constexpr size_t kPrefixBytes = base::kFrameHeaderBytes + 1 + kLengthBytes;

void AppendVarint(uint64_t value, std::string* out) {
  std::array<uint8_t, 10> bytes;
  const uint8_t* const end = CodedOutputStream::WriteVarint64ToArray(value, bytes.data());
  out->append(reinterpret_cast<const char*>(bytes.data()), static_cast<size_t>(end - bytes.data()));
}

void AppendBytes(int field, std::string_view bytes, std::string* out) {
  AppendVarint(Tag(field, WireType::kBytes), out);
  AppendVarint(bytes.size(), out);
  out->append(bytes);
}

void StoreLength(size_t length, char* out) {
  for (size_t i = 0; i < kLengthBytes; ++i) {
    const size_t more = i + 1 < kLengthBytes ? 0x80 : 0;
    out[i] = static_cast<char>((length >> (7 * i) & 0x7f) | more);
  }
}

}  // namespace

Delivery::Delivery(uint64_t request, std::string* output)
    : output_(output), begin_(output->size()) {
  output_->append(kPrefixBytes, '\0');
  AppendVarint(Tag(proto::Deliver::kRequestFieldNumber, WireType::kVarint), output_);
  AppendVarint(request, output_);
}

void Delivery::Add(std::string_view encoded) {
  AppendBytes(proto::Deliver::kEventsFieldNumber, encoded, output_);
  ++events_;
}

void Delivery::Finish(const proto::Place& place) {
  if (events_ == 0) {
    output_->resize(begin_);
    return;
  }
  AppendBytes(proto::Deliver::kPlaceFieldNumber, place.SerializeAsString(), output_);
  char* const prefix = output_->data() + begin_;
  base::StoreFrameHeader(output_->size() - begin_ - base::kFrameHeaderBytes, prefix);
  prefix[base::kFrameHeaderBytes] =
      static_cast<char>(Tag(proto::ServerFrame::kDeliverFieldNumber, WireType::kBytes));
  StoreLength(output_->size() - begin_ - kPrefixBytes, prefix + base::kFrameHeaderBytes + 1);
}

}  // namespace peal::server
