#include "tools/peal/checks.h"

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
        uint64_t count = 0;
        return CLI::detail::lexical_cast(text, count) && count > 0
                   ? std::string()
                   : fmt::format("'{}' is not a whole number from 1", text);
      },
      "");
}

std::chrono::microseconds DurationOf(const std::string& text) {
  const auto duration = base::ParseDuration(text);
  PEAL_CHECK(duration.ok());
  return *duration;
}

}  // namespace peal::tool
