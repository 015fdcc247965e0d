#include "core/filter/encoded_event.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/base/base64.h"
#include "core/base/time_format.h"
#include "core/base/wire_fields.h"
#include "proto/event.pb.h"

namespace peal::filter {
namespace {

using base::WireFields;
using base::WireType;

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

Attributes::Found ValueOf(const WireFields& field, Scratch* scratch) {
  switch (field.number()) {
    case proto::Value::kBooleanFieldNumber:
      return {field.value() != 0};
    case proto::Value::kIntegerFieldNumber:
      return {WholeNumber(field.zigzag())};
    case proto::Value::kNumberFieldNumber:
      return {std::bit_cast<double>(field.value())};
    case proto::Value::kTextFieldNumber:
      return {field.bytes()};
    case proto::Value::kBinaryFieldNumber:
      return Made(base::Base64Encode(field.bytes()), scratch);
    default:
      return TimeText(field.value(), scratch);
  }
}

// How each kind of value is written, by its field's number; else it is none.
std::optional<WireType> WireTypeOf(uint32_t number) {
  switch (number) {
    case proto::Value::kBooleanFieldNumber:
    case proto::Value::kIntegerFieldNumber:
    case proto::Value::kTimestampUsFieldNumber:
      return WireType::kVarint;
    case proto::Value::kNumberFieldNumber:
      return WireType::kFixed64;
    case proto::Value::kTextFieldNumber:
    case proto::Value::kBinaryFieldNumber:
      return WireType::kBytes;
    default:
      return std::nullopt;
  }
}

// The one field that a proto::Value has; of several the last.
std::optional<Attributes::Found> ReadValue(std::string_view encoded, Scratch* scratch) {
  WireFields fields(encoded);
  std::optional<WireFields> last;
  while (fields.Next()) {
    if (WireTypeOf(fields.number()) == fields.type()) {
      last.emplace(fields);
    }
  }
  return fields.whole() && last ? std::optional(ValueOf(*last, scratch)) : std::nullopt;
}

}  // namespace

bool EncodedEvent::Read(std::string_view encoded) {
  texts_.fill({});
  numbers_.fill(0);
  attributes_.clear();
  WireFields fields(encoded);
  while (fields.Next()) {
    if (fields.number() >= kFieldNumbers) {
      continue;
    }
    if (fields.type() == WireType::kVarint) {
      numbers_[fields.number()] = fields.value();
    } else if (fields.type() == WireType::kBytes) {
      texts_[fields.number()] = fields.bytes();
      if (fields.number() == proto::Event::kAttributesFieldNumber &&
          !AddAttribute(fields.bytes())) {
        return false;
      }
    }
  }
  return fields.whole();
}

bool EncodedEvent::AddAttribute(std::string_view encoded) {
  WireFields fields(encoded);
  Attribute attribute;
  while (fields.Next()) {
    if (fields.type() != WireType::kBytes) {
      continue;
    }
    if (fields.number() == proto::Attribute::kNameFieldNumber) {
      attribute.name = fields.bytes();
    } else if (fields.number() == proto::Attribute::kValueFieldNumber) {
      attribute.value = fields.bytes();
    }
  }
  attributes_.push_back(attribute);
  return fields.whole();
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
