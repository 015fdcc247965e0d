// Between an event as programs see it (peal/event.h) and as it travels (proto/event.proto),
// and what an event must be to be published.
#pragma once

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "peal/event.h"
#include "proto/event.pb.h"

namespace peal::base {

inline constexpr size_t kAttributeNameBytesMax = 20;
inline constexpr size_t kAttributeCountMax = 256;
// Names and values together.
inline constexpr size_t kAttributesBytesMax = 64 << 10;
// Of id, source, type, subject and datacontenttype, each.
inline constexpr size_t kFieldBytesMax = 1024;

// Replaces what `out` held. An absent time and 1970-01-01T00:00:00Z are the same on the wire:
// absent.
void ToProto(const Event& event, proto::Event* out);

// Adds an attribute that is to be given its value. They are added in the order of their names
// (event.proto).
proto::Value* AddAttribute(std::string_view name, proto::Event* event);

// Decodes an encoded proto::Event into `out`, whose memory is used again: for many events, one
// after the other. An attribute without a value is dropped; of two of one name the last stays.
// False: `encoded` is no event, and what `out` holds means nothing.
bool DecodeEvent(std::string_view encoded, Event* out);

// Ok, or InvalidArgument that says what the name should be. A name that a field of the event or a
// stamp has is refused: it would be a second value under one name in JSON and in filters.
absl::Status ValidateAttributeName(std::string_view name);

// Whether the publisher's fields of `event` are within the limits and rules; the stamps are not
// looked at. InvalidArgument names the field, the limit, and the way out. `from_bus` allows types
// that start with `peal.`, which the bus keeps for itself. Reads nothing but its arguments: client
// and daemon both ask.
absl::Status ValidateForPublish(const proto::Event& event, size_t data_bytes_max,
                                bool from_bus = false);

}  // namespace peal::base
