#include "tools/peal/checks.h"

#include <charconv>

#include "core/base/check.h"
#include "core/base/time_format.h"
#include "fmt/format.h"

namespace peal::tool {

CLI::Validator IsDuration() {
  return CLI::Validator(
      [](std::string& text) {
        const auto duration = base::ParseDuration(text);
        return std::string(duration.status().message());
      },
      "");
}

CLI::Validator IsSize() {
  return CLI::Validator(
      [](std::string& text) {
        const auto size = base::ParseSize(text);
        return std::string(size.status().message());
      },
      "");
}

CLI::Validator IsCount() {
  return CLI::Validator(
      [](std::string& text) {
        return CountOf(text) ? std::string()
                             : fmt::format("'{}' is not a whole number from 1", text);
      },
      "");
}

CLI::Validator IsCountUpTo(uint64_t max) {
  return CLI::Validator(
      [max](std::string& text) {
        return CountOf(text).value_or(UINT64_MAX) <= max
                   ? std::string()
                   : fmt::format("'{}' is not a whole number from 1 to {}", text, max);
      },
      "");
}

CLI::Validator IsNoneOrCountUpTo(uint64_t max) {
  return CLI::Validator(
      [max](std::string& text) {
        return text == "0" || CountOf(text).value_or(UINT64_MAX) <= max
                   ? std::string()
                   : fmt::format("'{}' is not a whole number from 0 to {}", text, max);
      },
      "");
}

CLI::Validator IsSizeFrom1To(uint64_t max) {
  return CLI::Validator(
      [max](std::string& text) {
        const auto size = base::ParseSize(text);
        if (!size.ok()) {
          return std::string(size.status().message());
        }
        return *size >= 1 && *size <= max
                   ? std::string()
                   : fmt::format("'{}' is not a size from 1 to {} bytes", text, max);
      },
      "");
}

std::optional<uint64_t> CountOf(std::string_view text) {
  uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && count > 0 ? std::optional(count) : std::nullopt;
}

std::chrono::microseconds DurationOf(const std::string& text) {
  const auto duration = base::ParseDuration(text);
  PEAL_CHECK(duration.ok());
  return *duration;
}

}  // namespace peal::tool
