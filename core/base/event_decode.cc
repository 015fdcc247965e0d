// Straight from the wire: a proto::Event in between would be as much work again. As to Protocol
// Buffers, a field of another number or type than those of event.proto is one of the future.
#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "core/base/event_codec.h"
#include "core/base/utf8.h"
#include "core/base/wire_fields.h"
#include "proto/event.pb.h"

namespace peal::base {
namespace {

bool TakeText(std::string_view bytes, std::string* out) {
  out->assign(bytes);
  return IsUtf8(bytes);
}

std::optional<Timestamp> TimeOf(uint64_t us) {
  return us == 0 ? std::nullopt : std::optional(Timestamp{static_cast<int64_t>(us)});
}

// The field of a proto::Value, of which the last one counts.
bool TakeValue(const WireFields& field, std::optional<AttributeValue>* out) {
  switch (field.tag()) {
    case Tag(proto::Value::kBooleanFieldNumber, WireType::kVarint):
      out->emplace(field.value() != 0);
      return true;
    case Tag(proto::Value::kIntegerFieldNumber, WireType::kVarint):
      out->emplace(std::in_place_type<int64_t>, field.zigzag());
      return true;
    case Tag(proto::Value::kNumberFieldNumber, WireType::kFixed64):
      out->emplace(std::bit_cast<double>(field.value()));
      return true;
    case Tag(proto::Value::kTextFieldNumber, WireType::kBytes):
      out->emplace(std::in_place_type<std::string>, field.bytes());
      return IsUtf8(field.bytes());
    case Tag(proto::Value::kBinaryFieldNumber, WireType::kBytes):
      out->emplace(std::in_place_type<Bytes>, field.bytes().begin(), field.bytes().end());
      return true;
    case Tag(proto::Value::kTimestampUsFieldNumber, WireType::kVarint):
      out->emplace(Timestamp{static_cast<int64_t>(field.value())});
      return true;
    default:
      return true;
  }
}

bool TakeValues(std::string_view encoded, std::optional<AttributeValue>* out) {
  WireFields fields(encoded);
  while (fields.Next()) {
    if (!TakeValue(fields, out)) {
      return false;
    }
  }
  return fields.whole();
}

bool TakeAttribute(std::string_view encoded, Event* out) {
  std::string name;
  std::optional<AttributeValue> value;
  WireFields fields(encoded);
  while (fields.Next()) {
    bool good = true;
    if (fields.tag() == Tag(proto::Attribute::kNameFieldNumber, WireType::kBytes)) {
      good = TakeText(fields.bytes(), &name);
    } else if (fields.tag() == Tag(proto::Attribute::kValueFieldNumber, WireType::kBytes)) {
      good = TakeValues(fields.bytes(), &value);
    }
    if (!good) {
      return false;
    }
  }
  if (value) {
    out->attributes.insert_or_assign(std::move(name), *std::move(value));
  }
  return fields.whole();
}

bool TakeBytes(const WireFields& field, Event* out) {
  switch (field.number()) {
    case proto::Event::kIdFieldNumber:
      return TakeText(field.bytes(), &out->id);
    case proto::Event::kSourceFieldNumber:
      return TakeText(field.bytes(), &out->source);
    case proto::Event::kTypeFieldNumber:
      return TakeText(field.bytes(), &out->type);
    case proto::Event::kSubjectFieldNumber:
      return TakeText(field.bytes(), &out->subject);
    case proto::Event::kAttributesFieldNumber:
      return TakeAttribute(field.bytes(), out);
    case proto::Event::kDatacontenttypeFieldNumber:
      return TakeText(field.bytes(), &out->datacontenttype);
    case proto::Event::kNodeFieldNumber:
      return TakeText(field.bytes(), &out->node);
    case proto::Event::kOriginexeFieldNumber:
      return TakeText(field.bytes(), &out->originexe);
    default:
      return true;
  }
}

void TakeNumber(const WireFields& field, Event* out) {
  switch (field.number()) {
    case proto::Event::kTimeUsFieldNumber:
      out->time = TimeOf(field.value());
      break;
    case proto::Event::kScopeFieldNumber:
      out->scope = field.value() == proto::SCOPE_LOCAL ? Scope::kLocal : Scope::kGlobal;
      break;
    case proto::Event::kObservedfromUsFieldNumber:
      out->observedfrom = TimeOf(field.value());
      break;
    case proto::Event::kObservedtoUsFieldNumber:
      out->observedto = TimeOf(field.value());
      break;
    case proto::Event::kSequenceFieldNumber:
      out->sequence = field.value();
      break;
    case proto::Event::kIncarnationFieldNumber:
      out->incarnation = field.value();
      break;
    case proto::Event::kKnowsFieldNumber:
      out->knows = field.value();
      break;
    case proto::Event::kOriginuidFieldNumber:
      out->originuid = static_cast<uint32_t>(field.value());
      break;
    case proto::Event::kOriginpidFieldNumber:
      out->originpid = static_cast<uint32_t>(field.value());
      break;
    case proto::Event::kGlobalseqFieldNumber:
      out->globalseq = field.value();
      break;
    case proto::Event::kEpochFieldNumber:
      out->epoch = field.value();
      break;
    default:
      break;
  }
}

// All but the data, and with the memory of the texts.
void Clear(Event* event) {
  for (std::string* text : {&event->id, &event->source, &event->type, &event->subject,
                            &event->datacontenttype, &event->node, &event->originexe}) {
    text->clear();
  }
  event->time = event->observedfrom = event->observedto = std::nullopt;
  event->attributes.clear();
  event->scope = Scope::kGlobal;
  event->sequence = event->incarnation = event->knows = 0;
  event->originuid = event->originpid = 0;
  event->globalseq = event->epoch = 0;
}

}  // namespace

bool DecodeEvent(std::string_view encoded, Event* out) {
  Clear(out);
  std::optional<std::string_view> data;
  WireFields fields(encoded);
  while (fields.Next()) {
    if (fields.type() == WireType::kVarint) {
      TakeNumber(fields, out);
    } else if (fields.tag() == Tag(proto::Event::kDataFieldNumber, WireType::kBytes)) {
      data = fields.bytes();
    } else if (fields.type() == WireType::kBytes && !TakeBytes(fields, out)) {
      return false;
    }
  }
  out->data = data;
  return fields.whole();
}

}  // namespace peal::base
