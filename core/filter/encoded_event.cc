#include "core/filter/encoded_event.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/base/base64.h"
#include "core/base/time_format.h"
#include "proto/event.pb.h"

namespace peal::filter {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

CodedInputStream Stream(std::string_view encoded) {
  return CodedInputStream(reinterpret_cast<const uint8_t*>(encoded.data()),
                          static_cast<int>(encoded.size()));
}

bool ReadBytes(std::string_view encoded, CodedInputStream* in, std::string_view* bytes) {
  uint32_t size = 0;
  if (!in->ReadVarint32(&size) || size > encoded.size()) {
    return false;
  }
  *bytes = encoded.substr(static_cast<size_t>(in->CurrentPosition()), size);
  return in->Skip(static_cast<int>(size));
}

enum class Kind : uint8_t { kConstant, kText, kNumber, kTime, kScope };

struct FieldRow {
  Kind kind;
  int number;  // Of proto::Event.
};

// By Field.
constexpr std::array<FieldRow, 20> kFieldRows = {{
    {Kind::kConstant, 0},  // kOther
    {Kind::kConstant, 0},  // kSpecversion
    {Kind::kText, proto::Event::kIdFieldNumber},
    {Kind::kText, proto::Event::kSourceFieldNumber},
    {Kind::kText, proto::Event::kTypeFieldNumber},
    {Kind::kText, proto::Event::kSubjectFieldNumber},
    {Kind::kTime, proto::Event::kTimeUsFieldNumber},
    {Kind::kText, proto::Event::kDatacontenttypeFieldNumber},
    {Kind::kScope, proto::Event::kScopeFieldNumber},
    {Kind::kNumber, proto::Event::kSequenceFieldNumber},
    {Kind::kNumber, proto::Event::kGlobalseqFieldNumber},
    {Kind::kNumber, proto::Event::kEpochFieldNumber},
    {Kind::kText, proto::Event::kNodeFieldNumber},
    {Kind::kNumber, proto::Event::kIncarnationFieldNumber},
    {Kind::kNumber, proto::Event::kKnowsFieldNumber},
    {Kind::kTime, proto::Event::kObservedfromUsFieldNumber},
    {Kind::kTime, proto::Event::kObservedtoUsFieldNumber},
    {Kind::kNumber, proto::Event::kOriginuidFieldNumber},
    {Kind::kNumber, proto::Event::kOriginpidFieldNumber},
    {Kind::kText, proto::Event::kOriginexeFieldNumber},
}};

Attributes::Found Made(std::string_view text, Scratch* scratch) {
  char* const made = scratch->Take(text.size());
  if (made == nullptr) {
    return {std::string_view(), ErrorKind::kGeneric};
  }
  std::memcpy(made, text.data(), text.size());
  return {std::string_view(made, text.size())};
}

Attributes::Found TimeText(uint64_t us, Scratch* scratch) {
  return Made(base::FormatTimestamp(Timestamp{static_cast<int64_t>(us)}), scratch);
}

// The one field that a proto::Value has; of several the last.
std::optional<Attributes::Found> ReadValue(std::string_view encoded, Scratch* scratch) {
  CodedInputStream in = Stream(encoded);
  std::optional<Attributes::Found> found;
  while (const uint32_t tag = in.ReadTag()) {
    uint64_t number = 0;
    std::string_view bytes;
    const WireFormatLite::WireType type = WireFormatLite::GetTagWireType(tag);
    const bool read = type == WireFormatLite::WIRETYPE_VARINT    ? in.ReadVarint64(&number)
                      : type == WireFormatLite::WIRETYPE_FIXED64 ? in.ReadLittleEndian64(&number)
                      : type == WireFormatLite::WIRETYPE_LENGTH_DELIMITED
                          ? ReadBytes(encoded, &in, &bytes)
                          : false;
    if (!read) {
      return std::nullopt;
    }
    switch (WireFormatLite::GetTagFieldNumber(tag)) {
      case proto::Value::kBooleanFieldNumber:
        found = {number != 0};
        break;
      case proto::Value::kIntegerFieldNumber:
        found = {WholeNumber(WireFormatLite::ZigZagDecode64(number))};
        break;
      case proto::Value::kNumberFieldNumber:
        found = {std::bit_cast<double>(number)};
        break;
      case proto::Value::kTextFieldNumber:
        found = {bytes};
        break;
      case proto::Value::kBinaryFieldNumber:
        found = Made(base::Base64Encode(bytes), scratch);
        break;
      case proto::Value::kTimestampUsFieldNumber:
        found = TimeText(number, scratch);
        break;
      default:
        break;
    }
  }
  return found;
}

}  // namespace

bool EncodedEvent::Read(std::string_view encoded) {
  texts_.fill({});
  numbers_.fill(0);
  attributes_.clear();
  CodedInputStream in = Stream(encoded);
  while (const uint32_t tag = in.ReadTag()) {
    const auto number = static_cast<size_t>(WireFormatLite::GetTagFieldNumber(tag));
    const WireFormatLite::WireType type = WireFormatLite::GetTagWireType(tag);
    if (type == WireFormatLite::WIRETYPE_VARINT && number < kFieldNumbers) {
      if (!in.ReadVarint64(&numbers_[number])) {
        return false;
      }
    } else if (type == WireFormatLite::WIRETYPE_LENGTH_DELIMITED && number < kFieldNumbers) {
      std::string_view bytes;
      if (!ReadBytes(encoded, &in, &bytes)) {
        return false;
      }
      texts_[number] = bytes;
      if (number == proto::Event::kAttributesFieldNumber && !AddAttribute(bytes)) {
        return false;
      }
    } else if (!WireFormatLite::SkipField(&in, tag)) {
      return false;
    }
  }
  return in.ConsumedEntireMessage();
}

bool EncodedEvent::AddAttribute(std::string_view encoded) {
  CodedInputStream in = Stream(encoded);
  Attribute attribute;
  while (const uint32_t tag = in.ReadTag()) {
    std::string_view bytes;
    if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED ||
        !ReadBytes(encoded, &in, &bytes)) {
      return false;
    }
    if (WireFormatLite::GetTagFieldNumber(tag) == proto::Attribute::kNameFieldNumber) {
      attribute.name = bytes;
    } else if (WireFormatLite::GetTagFieldNumber(tag) == proto::Attribute::kValueFieldNumber) {
      attribute.value = bytes;
    }
  }
  attributes_.push_back(attribute);
  return true;
}

const EncodedEvent::Attribute* EncodedEvent::Find(std::string_view name) const {
  const auto found =
      std::find_if(attributes_.begin(), attributes_.end(),
                   [name](const Attribute& attribute) { return attribute.name == name; });
  return found == attributes_.end() ? nullptr : &*found;
}

bool EncodedEvent::Has(const AttributeName& name) const {
  switch (name.field) {
    case Field::kOther:
      return Find(name.text) != nullptr;
    // Uid 0 is root; whether the origin is known shows in its pid.
    case Field::kOriginuid:
      return numbers_[proto::Event::kOriginpidFieldNumber] != 0;
    default:
      break;
  }
  const FieldRow row = kFieldRows[static_cast<size_t>(name.field)];
  switch (row.kind) {
    case Kind::kConstant:
    case Kind::kScope:
      return true;
    case Kind::kText:
      return !texts_[static_cast<size_t>(row.number)].empty();
    case Kind::kNumber:
    case Kind::kTime:
      return numbers_[static_cast<size_t>(row.number)] != 0;
  }
  return false;
}

std::optional<Attributes::Found> EncodedEvent::Get(const AttributeName& name,
                                                   Scratch* scratch) const {
  if (name.field == Field::kOther) {
    const Attribute* const attribute = Find(name.text);
    return attribute == nullptr ? std::nullopt : ReadValue(attribute->value, scratch);
  }
  if (!Has(name)) {
    return std::nullopt;
  }
  const FieldRow row = kFieldRows[static_cast<size_t>(name.field)];
  const auto number = static_cast<size_t>(row.number);
  switch (row.kind) {
    case Kind::kConstant:
      return Found{std::string_view("1.0")};
    case Kind::kText:
      return Found{texts_[number]};
    case Kind::kNumber:
      return Found{WholeNumber(numbers_[number])};
    case Kind::kTime:
      return TimeText(numbers_[number], scratch);
    case Kind::kScope:
      return Found{std::string_view(numbers_[number] == proto::SCOPE_LOCAL ? "local" : "global")};
  }
  return std::nullopt;
}

}  // namespace peal::filter
