// What a program reads of an event.
#include "client/c/event.h"

#include <array>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace peal::c {
namespace {

peal_value_t Text(int type, const void* start, size_t length) {
  peal_value_t value{};
  value.type = type;
  value.as.text = {static_cast<const char*>(start), length};
  return value;
}

peal_value_t ToValue(bool boolean) {
  peal_value_t value{};
  value.type = PEAL_TYPE_BOOL;
  value.as.boolean = boolean ? 1 : 0;
  return value;
}

peal_value_t ToValue(int64_t integer) {
  peal_value_t value{};
  value.type = PEAL_TYPE_INT;
  value.as.integer = integer;
  return value;
}

peal_value_t ToValue(double number) {
  peal_value_t value{};
  value.type = PEAL_TYPE_DOUBLE;
  value.as.number = number;
  return value;
}

peal_value_t ToValue(const std::string& text) {
  return Text(PEAL_TYPE_STRING, text.c_str(), text.size());
}

peal_value_t ToValue(const Bytes& bytes) {
  return Text(PEAL_TYPE_BYTES, bytes.data(), bytes.size());
}

peal_value_t ToValue(Timestamp timestamp) {
  peal_value_t value{};
  value.type = PEAL_TYPE_TIMESTAMP;
  value.as.timestamp_us = timestamp.us;
  return value;
}

// What is absent as an empty string, and as 0.
std::optional<peal_value_t> UnlessEmpty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(ToValue(text));
}

std::optional<peal_value_t> UnlessAbsent(const std::optional<Timestamp>& timestamp) {
  return timestamp ? std::optional(ToValue(*timestamp)) : std::nullopt;
}

std::optional<peal_value_t> UnlessZero(uint64_t number) {
  return number == 0 ? std::nullopt : std::optional(ToValue(static_cast<int64_t>(number)));
}

// A stamp that may be 0: it is there when the others are.
std::optional<peal_value_t> Stamp(const Event& event, uint64_t number) {
  return event.node.empty() ? std::nullopt : std::optional(ToValue(static_cast<int64_t>(number)));
}

std::optional<peal_value_t> ScopeOf(const Event& event) {
  const std::string_view name = event.scope == Scope::kGlobal ? "global" : "local";
  return Text(PEAL_TYPE_STRING, name.data(), name.size());
}

struct Field {
  std::string_view name;
  std::optional<peal_value_t> (*get)(const Event& event);
};

constexpr auto kFields = std::to_array<Field>({
    {"type", [](const Event& event) { return UnlessEmpty(event.type); }},
    {"subject", [](const Event& event) { return UnlessEmpty(event.subject); }},
    {"id", [](const Event& event) { return UnlessEmpty(event.id); }},
    {"source", [](const Event& event) { return UnlessEmpty(event.source); }},
    {"datacontenttype", [](const Event& event) { return UnlessEmpty(event.datacontenttype); }},
    {"time", [](const Event& event) { return UnlessAbsent(event.time); }},
    {"observedfrom", [](const Event& event) { return UnlessAbsent(event.observedfrom); }},
    {"observedto", [](const Event& event) { return UnlessAbsent(event.observedto); }},
    {"scope", ScopeOf},
    {"node", [](const Event& event) { return UnlessEmpty(event.node); }},
    {"sequence", [](const Event& event) { return UnlessZero(event.sequence); }},
    {"incarnation", [](const Event& event) { return UnlessZero(event.incarnation); }},
    {"globalseq", [](const Event& event) { return UnlessZero(event.globalseq); }},
    {"epoch", [](const Event& event) { return UnlessZero(event.epoch); }},
    {"knows", [](const Event& event) { return Stamp(event, event.knows); }},
    {"originuid", [](const Event& event) { return Stamp(event, event.originuid); }},
    {"originpid", [](const Event& event) { return Stamp(event, event.originpid); }},
    {"originexe", [](const Event& event) { return UnlessEmpty(event.originexe); }},
});

peal_value_t ToValue(const AttributeValue& attribute) {
  return std::visit([](const auto& value) { return ToValue(value); }, attribute);
}

std::optional<peal_value_t> Get(const Event& event, std::string_view name) {
  for (const Field& field : kFields) {
    if (field.name == name) {
      return field.get(event);
    }
  }
  const auto found = event.attributes.find(std::string(name));
  return found == event.attributes.end() ? std::nullopt : std::optional(ToValue(found->second));
}

std::optional<peal_value_t> Get(const peal_event_t* event, const char* name) noexcept {
  if (event == nullptr || name == nullptr) {
    return std::nullopt;
  }
  try {
    return Get(event->event, name);
  } catch (const std::exception&) {
    return std::nullopt;  // No memory for a long name; no attribute has one.
  }
}

}  // namespace
}  // namespace peal::c

peal_error_t peal_event_get(const peal_event_t* event, const char* name,
                            peal_value_t* value) noexcept {
  if (event == nullptr || name == nullptr || value == nullptr) {
    return PEAL_ERR_INVALID;
  }
  const std::optional<peal_value_t> found = peal::c::Get(event, name);
  if (found) {
    *value = *found;
  }
  return found ? PEAL_OK : PEAL_ERR_NOT_FOUND;
}

const char* peal_event_string(const peal_event_t* event, const char* name) noexcept {
  const std::optional<peal_value_t> found = peal::c::Get(event, name);
  return found && found->type == PEAL_TYPE_STRING ? found->as.text.start : "";
}

int64_t peal_event_int(const peal_event_t* event, const char* name) noexcept {
  const std::optional<peal_value_t> found = peal::c::Get(event, name);
  return found && found->type == PEAL_TYPE_INT ? found->as.integer : 0;
}

const char* peal_event_next(const peal_event_t* event, const char* after,
                            peal_value_t* value) noexcept {
  if (event == nullptr) {
    return nullptr;
  }
  const auto& attributes = event->event.attributes;
  try {
    const auto next = after == nullptr ? attributes.begin() : attributes.upper_bound(after);
    if (next == attributes.end()) {
      return nullptr;
    }
    if (value != nullptr) {
      *value = peal::c::ToValue(next->second);
    }
    return next->first.c_str();
  } catch (const std::exception&) {
    return nullptr;  // No memory for a long name; no attribute has one.
  }
}

const void* peal_event_data(const peal_event_t* event, size_t* bytes) noexcept {
  const bool has_data = event != nullptr && event->event.data.has_value();
  if (bytes != nullptr) {
    *bytes = has_data ? event->event.data->size() : 0;
  }
  return has_data ? event->event.data->c_str() : nullptr;
}
