// Events that a program makes.
#include <array>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "client/c/event.h"
#include "core/base/event_codec.h"

namespace peal::c {
namespace {

template <typename Member>
struct Settable {
  std::string_view name;
  Member Event::*member;
};

constexpr auto kStrings = std::to_array<Settable<std::string>>({
    {"type", &Event::type},
    {"subject", &Event::subject},
    {"id", &Event::id},
    {"source", &Event::source},
    {"datacontenttype", &Event::datacontenttype},
});
constexpr auto kTimestamps = std::to_array<Settable<std::optional<Timestamp>>>({
    {"time", &Event::time},
    {"observedfrom", &Event::observedfrom},
    {"observedto", &Event::observedto},
});

// The field of this name in `table`; null: it is none.
template <typename Table>
auto FindField(const Table& table, std::string_view name, Event* event)
    -> decltype(&(event->*table.front().member)) {
  for (const auto& settable : table) {
    if (settable.name == name) {
      return &(event->*settable.member);
    }
  }
  return nullptr;
}

// Whether the program may change it.
bool MayChange(const peal_event_t* event) {
  return event != nullptr && event->own;
}

template <typename Body>
peal_error_t Change(const peal_event_t* event, const Body& body) noexcept {
  if (!MayChange(event)) {
    return PEAL_ERR_INVALID;
  }
  try {
    return body() ? PEAL_OK : PEAL_ERR_INVALID;
  } catch (const std::exception&) {
    return PEAL_ERR_OTHER;
  }
}

bool SetAttribute(Event* event, const char* name, AttributeValue value) {
  if (!base::ValidateAttributeName(name).ok()) {
    return false;
  }
  event->attributes.insert_or_assign(name, std::move(value));
  return true;
}

peal_error_t SetAttribute(peal_event_t* event, const char* name, const AttributeValue& value) {
  return Change(event, [&] { return name != nullptr && SetAttribute(&event->event, name, value); });
}

}  // namespace
}  // namespace peal::c

using peal::c::Change;

peal_event_t* peal_event_new() noexcept {
  auto* const event = new (std::nothrow) peal_event;
  if (event != nullptr) {
    event->own = true;
  }
  return event;
}

peal_event_t* peal_event_copy(const peal_event_t* event) noexcept {
  if (event == nullptr) {
    return nullptr;
  }
  try {
    return new peal_event{event->event, true};
  } catch (const std::exception&) {
    return nullptr;
  }
}

peal_error_t peal_event_free(peal_event_t* event) noexcept {
  if (event != nullptr && !event->own) {
    return PEAL_ERR_INVALID;
  }
  delete event;
  return PEAL_OK;
}

peal_error_t peal_event_set_string(peal_event_t* event, const char* name,
                                   const char* value) noexcept {
  return Change(event, [&] {
    if (name == nullptr || value == nullptr) {
      return false;
    }
    if (auto* const field = peal::c::FindField(peal::c::kStrings, name, &event->event)) {
      *field = value;
      return true;
    }
    return peal::c::SetAttribute(&event->event, name, std::string(value));
  });
}

peal_error_t peal_event_set_bool(peal_event_t* event, const char* name, int value) noexcept {
  return peal::c::SetAttribute(event, name, value != 0);
}

peal_error_t peal_event_set_int(peal_event_t* event, const char* name, int64_t value) noexcept {
  return peal::c::SetAttribute(event, name, value);
}

peal_error_t peal_event_set_double(peal_event_t* event, const char* name, double value) noexcept {
  return peal::c::SetAttribute(event, name, value);
}

peal_error_t peal_event_set_bytes(peal_event_t* event, const char* name, const void* value,
                                  size_t bytes) noexcept {
  return Change(event, [&] {
    if (name == nullptr || (value == nullptr && bytes > 0)) {
      return false;
    }
    const auto* const start = static_cast<const uint8_t*>(value);
    return peal::c::SetAttribute(&event->event, name, peal::Bytes(start, start + bytes));
  });
}

peal_error_t peal_event_set_timestamp(peal_event_t* event, const char* name,
                                      int64_t timestamp_us) noexcept {
  return Change(event, [&] {
    const peal::Timestamp timestamp{timestamp_us};
    if (name == nullptr) {
      return false;
    }
    if (auto* const field = peal::c::FindField(peal::c::kTimestamps, name, &event->event)) {
      *field = timestamp;
      return true;
    }
    return peal::c::SetAttribute(&event->event, name, timestamp);
  });
}

peal_error_t peal_event_set_data(peal_event_t* event, const void* data, size_t bytes) noexcept {
  return Change(event, [&] {
    if (data == nullptr) {
      event->event.data.reset();
      return bytes == 0;
    }
    event->event.data.emplace(static_cast<const char*>(data), bytes);
    return true;
  });
}

peal_error_t peal_event_set_scope(peal_event_t* event, int scope) noexcept {
  return Change(event, [&] {
    if (scope != PEAL_SCOPE_GLOBAL && scope != PEAL_SCOPE_LOCAL) {
      return false;
    }
    event->event.scope = scope == PEAL_SCOPE_GLOBAL ? peal::Scope::kGlobal : peal::Scope::kLocal;
    return true;
  });
}
