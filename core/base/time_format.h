// Times, durations and sizes as people and CloudEvents write them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "peal/event.h"

namespace peal::base {

// What RFC 3339 can write: years 0001 to 9999.
inline constexpr Timestamp kTimestampMin{-62135596800000000};
inline constexpr Timestamp kTimestampMax{253402300799999999};

// RFC 3339 in UTC, always with six digits of fraction: 2026-01-31T23:59:59.000250Z. A time outside
// of kTimestampMin..kTimestampMax is written as the nearest of them.
std::string FormatTimestamp(Timestamp time);

// RFC 3339 with any offset and any number of digits of fraction; what is finer than a microsecond
// is cut off. InvalidArgument says what is wrong.
absl::StatusOr<Timestamp> ParseTimestamp(std::string_view text);

// A number, also with a fraction, and a unit: 250ms, 5s, 1.5m, 1h, 300us. Not negative, at most 10
// years. InvalidArgument says what is expected.
absl::StatusOr<std::chrono::microseconds> ParseDuration(std::string_view text);

// Bytes: 4096, 4096B, 500KiB, 64MiB, 1GiB. At most 2^63-1. InvalidArgument says what is expected.
absl::StatusOr<uint64_t> ParseSize(std::string_view text);

}  // namespace peal::base
