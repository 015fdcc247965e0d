#include "core/base/event_codec.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "core/base/status_macros.h"
#include "core/base/time_format.h"
#include "core/base/utf8.h"
#include "fmt/format.h"

namespace peal::base {
namespace {

// CloudEvents' own names and Peal's stamps (event.proto).
constexpr std::array<std::string_view, 20> kReservedNames = {
    "data",     "datacontenttype", "epoch",       "globalseq", "id",        "incarnation", "knows",
    "node",     "observedfrom",    "observedto",  "originexe", "originpid", "originuid",   "scope",
    "sequence", "source",          "specversion", "subject",   "time",      "type"};

void ValueToProto(const AttributeValue& value, proto::Value* out) {
  std::visit(
      [out](const auto& held) {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, bool>) {
          out->set_boolean(held);
        } else if constexpr (std::is_same_v<Held, int64_t>) {
          out->set_integer(held);
        } else if constexpr (std::is_same_v<Held, double>) {
          out->set_number(held);
        } else if constexpr (std::is_same_v<Held, std::string>) {
          out->set_text(held);
        } else if constexpr (std::is_same_v<Held, Bytes>) {
          out->mutable_binary()->assign(held.begin(), held.end());
        } else {
          static_assert(std::is_same_v<Held, Timestamp>);
          out->set_timestamp_us(held.us);
        }
      },
      value);
}

absl::Status Bad(const std::string& message) {
  return absl::InvalidArgumentError(message);
}

absl::Status ValidateText(std::string_view field, std::string_view text) {
  if (!IsUtf8(text)) {
    return Bad(
        fmt::format("{} is not valid UTF-8; bytes belong into data or a bytes attribute", field));
  }
  if (const std::optional<uint32_t> control = FindControlCharacter(text)) {
    return Bad(
        fmt::format("{} holds the control character U+{:04X}, which CloudEvents does not allow; "
                    "put such text into "
                    "data",
                    field, *control));
  }
  return absl::OkStatus();
}

absl::Status ValidateField(std::string_view field, std::string_view text) {
  if (text.size() > kFieldBytesMax) {
    return Bad(fmt::format("{} has {} bytes, at most {} are allowed; put more into data", field,
                           text.size(), kFieldBytesMax));
  }
  return ValidateText(field, text);
}

bool IsTypeCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

absl::Status ValidateType(std::string_view type, bool from_bus) {
  if (type.empty()) {
    return Bad("type is missing; give a dotted name such as app.started");
  }
  PEAL_RETURN_IF_ERROR(ValidateField("type", type));
  const bool dots_apart =
      !type.starts_with('.') && !type.ends_with('.') && type.find("..") == std::string_view::npos;
  if (!dots_apart || !std::all_of(type.begin(), type.end(), IsTypeCharacter)) {
    return Bad(fmt::format(
        "type '{}' is not a dotted name of letters, digits, '_' and '-' such as app.started",
        type));
  }
  if (!from_bus && type.starts_with("peal.")) {
    return Bad(fmt::format(
        "type '{}' starts with 'peal.', which is reserved for the bus; choose another first part",
        type));
  }
  return absl::OkStatus();
}

absl::Status ValidateTime(std::string_view field, int64_t us) {
  if (us < kTimestampMin.us || us > kTimestampMax.us) {
    return Bad(fmt::format("{} is outside of the years 1 to 9999 that RFC 3339 can write", field));
  }
  return absl::OkStatus();
}

absl::Status ValidateValue(const std::string& name, const proto::Value& value) {
  const std::string field = fmt::format("attribute '{}'", name);
  switch (value.kind_case()) {
    case proto::Value::kText:
      return ValidateText(field, value.text());
    case proto::Value::kTimestampUs:
      return ValidateTime(field, value.timestamp_us());
    case proto::Value::kNumber:
      if (!std::isfinite(value.number())) {
        return Bad(fmt::format("{} is not a finite number, and JSON has no other", field));
      }
      return absl::OkStatus();
    case proto::Value::KIND_NOT_SET:
      return Bad(fmt::format("{} has no value; leave it out or give it one", field));
    default:
      return absl::OkStatus();
  }
}

absl::Status ValidateAttributes(const proto::Event& event) {
  const size_t count = static_cast<size_t>(event.attributes_size());
  if (count > kAttributeCountMax) {
    return Bad(fmt::format("{} attributes, at most {} are allowed; put more into data", count,
                           kAttributeCountMax));
  }
  size_t bytes = 0;
  std::string_view before;
  for (const proto::Attribute& attribute : event.attributes()) {
    PEAL_RETURN_IF_ERROR(ValidateAttributeName(attribute.name()));
    PEAL_RETURN_IF_ERROR(ValidateValue(attribute.name(), attribute.value()));
    if (attribute.name() <= before) {
      return Bad(
          fmt::format("attribute '{}' stands after '{}'; they must be sorted by name, each once",
                      attribute.name(), before));
    }
    before = attribute.name();
    bytes += attribute.name().size() + attribute.value().ByteSizeLong();
  }
  if (bytes > kAttributesBytesMax) {
    return Bad(
        fmt::format("the attributes have {} bytes together, at most {} are allowed; put more "
                    "into data",
                    bytes, kAttributesBytesMax));
  }
  return absl::OkStatus();
}

absl::Status ValidateObserved(const proto::Event& event) {
  PEAL_RETURN_IF_ERROR(ValidateTime("observedfrom", event.observedfrom_us()));
  PEAL_RETURN_IF_ERROR(ValidateTime("observedto", event.observedto_us()));
  if (event.observedfrom_us() != 0 && event.observedto_us() != 0 &&
      event.observedfrom_us() > event.observedto_us()) {
    return Bad("observedfrom is later than observedto; swap them");
  }
  return absl::OkStatus();
}

}  // namespace

void ToProto(const Event& event, proto::Event* out) {
  out->Clear();
  out->set_id(event.id);
  out->set_source(event.source);
  out->set_type(event.type);
  out->set_subject(event.subject);
  out->set_time_us(event.time.value_or(Timestamp{}).us);
  for (const auto& [name, value] : event.attributes) {
    proto::Attribute* const attribute = out->add_attributes();
    attribute->set_name(name);
    ValueToProto(value, attribute->mutable_value());
  }
  out->set_datacontenttype(event.datacontenttype);
  if (event.data) {
    out->set_data(*event.data);
  }
  out->set_scope(event.scope == Scope::kLocal ? proto::SCOPE_LOCAL : proto::SCOPE_GLOBAL);
  out->set_observedfrom_us(event.observedfrom.value_or(Timestamp{}).us);
  out->set_observedto_us(event.observedto.value_or(Timestamp{}).us);

  out->set_sequence(event.sequence);
  out->set_node(event.node);
  out->set_incarnation(event.incarnation);
  out->set_knows(event.knows);
  out->set_originuid(event.originuid);
  out->set_originpid(event.originpid);
  out->set_originexe(event.originexe);

  out->set_globalseq(event.globalseq);
  out->set_epoch(event.epoch);
}

proto::Value* AddAttribute(std::string_view name, proto::Event* event) {
  proto::Attribute* const attribute = event->add_attributes();
  attribute->set_name(std::string(name));
  return attribute->mutable_value();
}

absl::Status ValidateAttributeName(std::string_view name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (name.empty() || name.size() > kAttributeNameBytesMax ||
      !std::all_of(name.begin(), name.end(), allowed)) {
    return Bad(fmt::format("attribute name '{}' is not 1 to {} lower-case letters and digits",
                           IsUtf8(name) ? name : "(not UTF-8)", kAttributeNameBytesMax));
  }
  if (std::find(kReservedNames.begin(), kReservedNames.end(), name) != kReservedNames.end()) {
    return Bad(
        fmt::format("attribute name '{}' is a field of every event; choose another name", name));
  }
  return absl::OkStatus();
}

absl::Status ValidateForPublish(const proto::Event& event, size_t data_bytes_max, bool from_bus) {
  PEAL_RETURN_IF_ERROR(ValidateType(event.type(), from_bus));
  PEAL_RETURN_IF_ERROR(ValidateField("id", event.id()));
  PEAL_RETURN_IF_ERROR(ValidateField("source", event.source()));
  PEAL_RETURN_IF_ERROR(ValidateField("subject", event.subject()));
  PEAL_RETURN_IF_ERROR(ValidateField("datacontenttype", event.datacontenttype()));
  PEAL_RETURN_IF_ERROR(ValidateTime("time", event.time_us()));
  PEAL_RETURN_IF_ERROR(ValidateAttributes(event));
  PEAL_RETURN_IF_ERROR(ValidateObserved(event));
  if (event.scope() != proto::SCOPE_GLOBAL && event.scope() != proto::SCOPE_LOCAL) {
    return Bad(fmt::format("scope {} is unknown; it is 0 (global) or 1 (local)",
                           static_cast<int>(event.scope())));
  }
  if (event.data().size() > data_bytes_max) {
    return Bad(
        fmt::format("data has {} bytes, this daemon takes at most {}; publish a reference to it, "
                    "or raise the daemon's limit",
                    event.data().size(), data_bytes_max));
  }
  return absl::OkStatus();
}

}  // namespace peal::base
