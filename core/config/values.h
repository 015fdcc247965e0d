// Values of the configuration, from TOML. Each Set...() sets `out`, or is InvalidArgument with what
// to say after the key's name: "is not ...".
#pragma once

#include <chrono>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/time_format.h"
#include "core/config/toml.h"
#include "fmt/format.h"

namespace peal::config {

inline constexpr size_t kKiB = 1024;
inline constexpr size_t kMiB = 1024 * kKiB;
inline constexpr size_t kGiB = 1024 * kMiB;

absl::Status Bad(const std::string& text);

// Not empty.
absl::Status SetText(const toml::node& node, std::string* out);
// Absolute.
absl::Status SetPath(const toml::node& node, std::string* out);
absl::Status SetCount(const toml::node& node, size_t min, size_t max, size_t* out);
// In bytes: a number of them, or a text with a unit.
absl::Status SetSize(const toml::node& node, size_t min, size_t max, size_t* out);
// A size from `min` to `max`, or 0.
absl::Status SetSizeOrNone(const toml::node& node, size_t min, size_t max, size_t* out);
absl::Status SetLevel(const toml::node& node, std::string* out);
absl::Status SetQuorum(const toml::node& node, bool* corosync_decides);

// From `min` to `max`, which are durations.
template <typename Duration>
absl::Status SetDuration(const toml::node& node, std::string_view min, std::string_view max,
                         Duration* out) {
  const absl::StatusOr<std::chrono::microseconds> time =
      base::ParseDuration(node.value_exact<std::string>().value_or(""));
  if (!time.ok() || *time < *base::ParseDuration(min) || *time > *base::ParseDuration(max)) {
    return Bad(fmt::format("is not a duration from \"{}\" to \"{}\"", min, max));
  }
  *out = std::chrono::duration_cast<Duration>(*time);
  return absl::OkStatus();
}

// A number, or a name that `find` knows.
template <typename Number>
absl::Status SetAccount(const toml::node& node,
                        absl::StatusOr<Number> (*find)(const std::string& name),
                        std::optional<Number>* out) {
  if (const std::optional<int64_t> number = node.value_exact<int64_t>()) {
    // The last number is nobody's: for chown(2) it means no change.
    if (*number < 0 || *number >= std::numeric_limits<Number>::max()) {
      return Bad(fmt::format("is {}, which is nobody's number", *number));
    }
    *out = static_cast<Number>(*number);
    return absl::OkStatus();
  }
  std::string name;
  if (!SetText(node, &name).ok()) {
    return Bad("is neither a number nor a name in quotes");
  }
  const absl::StatusOr<Number> found = find(name);
  if (!found.ok()) {
    return Bad(fmt::format("is '{}', but {}; make it first, or write a number", name,
                           std::string(found.status().message())));
  }
  *out = *found;
  return absl::OkStatus();
}

// One text, or some in a list. None: it is neither, or the list is empty.
std::vector<std::string> Texts(const toml::node& node);

}  // namespace peal::config
