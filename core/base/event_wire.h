// What can be read of an encoded proto::Event, or added to it, without decoding it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/ids.h"

namespace peal::base {

// The event's type, which lives as long as `encoded`; nullopt: it has none, or `encoded` is no
// message. Looks at the event's own fields only, not into its attributes.
std::optional<std::string_view> TypeOf(std::string_view encoded);

// The event's time in microseconds since 1970, UTC; nullopt as above.
std::optional<int64_t> TimeUsOf(std::string_view encoded);

// Bytes that AppendOrderStamps() adds at most.
inline constexpr size_t kOrderStampsBytesMax = 24;

// Sets `globalseq` and `epoch` by appending their bytes: concatenated messages merge (event.proto).
void AppendOrderStamps(Sequence globalseq, Epoch epoch, std::string* encoded);

}  // namespace peal::base
