#include "core/config/values.h"

#include <algorithm>
#include <array>

#include "core/base/status_macros.h"

namespace peal::config {
namespace {

std::string SizeText(size_t bytes) {
  if (bytes % kGiB == 0) {
    return fmt::format("{}GiB", bytes / kGiB);
  }
  return bytes % kMiB == 0 ? fmt::format("{}MiB", bytes / kMiB)
                           : fmt::format("{}KiB", bytes / kKiB);
}

}  // namespace

absl::Status Bad(const std::string& text) {
  return absl::InvalidArgumentError(text);
}

absl::Status SetText(const toml::node& node, std::string* out) {
  *out = node.value_exact<std::string>().value_or("");
  return out->empty() ? Bad("is not a text in quotes") : absl::OkStatus();
}

absl::Status SetPath(const toml::node& node, std::string* out) {
  PEAL_RETURN_IF_ERROR(SetText(node, out));
  if (!out->starts_with('/')) {
    return Bad(fmt::format("is '{}', which is not an absolute path", *out));
  }
  return absl::OkStatus();
}

absl::Status SetCount(const toml::node& node, size_t min, size_t max, size_t* out) {
  const std::optional<int64_t> count = node.value_exact<int64_t>();
  if (!count || *count < 0 || static_cast<size_t>(*count) < min ||
      static_cast<size_t>(*count) > max) {
    return Bad(fmt::format("is not a whole number from {} to {}", min, max));
  }
  *out = static_cast<size_t>(*count);
  return absl::OkStatus();
}

// A bare number is bytes.
absl::Status SetSize(const toml::node& node, size_t min, size_t max, size_t* out) {
  std::optional<std::string> text = node.value_exact<std::string>();
  if (const std::optional<int64_t> number = node.value_exact<int64_t>()) {
    text = std::to_string(*number);
  }
  const absl::StatusOr<uint64_t> bytes =
      text ? base::ParseSize(*text) : absl::StatusOr<uint64_t>(Bad("no size"));
  if (!bytes.ok() || *bytes < min || *bytes > max) {
    return Bad(fmt::format("is not a size from \"{}\" to \"{}\"", SizeText(min), SizeText(max)));
  }
  *out = *bytes;
  return absl::OkStatus();
}

absl::Status SetSizeOrNone(const toml::node& node, size_t min, size_t max, size_t* out) {
  if (node.value_exact<int64_t>() == 0) {
    *out = 0;
    return absl::OkStatus();
  }
  const absl::Status status = SetSize(node, min, max, out);
  return status.ok() ? status : Bad(std::string(status.message()) + ", or 0 for no limit");
}

absl::Status SetLevel(const toml::node& node, std::string* out) {
  constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warn", "error"};
  const std::string name = node.value_exact<std::string>().value_or("");
  if (std::find(kNames.begin(), kNames.end(), name) == kNames.end()) {
    return Bad("is not one of \"debug\", \"info\", \"warn\", \"error\"");
  }
  *out = name;
  return absl::OkStatus();
}

absl::Status SetQuorum(const toml::node& node, bool* corosync_decides) {
  const std::string rule = node.value_exact<std::string>().value_or("");
  if (rule != "majority" && rule != "corosync") {
    return Bad("is not one of \"majority\", \"corosync\"");
  }
  *corosync_decides = rule == "corosync";
  return absl::OkStatus();
}

std::vector<std::string> Texts(const toml::node& node) {
  std::vector<std::string> texts;
  const toml::array* const list = node.as_array();
  for (size_t i = 0; i < (list == nullptr ? 1 : list->size()); ++i) {
    if (!SetText(list == nullptr ? node : (*list)[i], &texts.emplace_back()).ok()) {
      return {};
    }
  }
  return texts;
}

}  // namespace peal::config
