#include "tools/peal/checks.h"

#include "core/base/check.h"
#include "core/base/time_format.h"

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

std::chrono::microseconds DurationOf(const std::string& text) {
  const auto duration = base::ParseDuration(text);
  PEAL_CHECK(duration.ok());
  return *duration;
}

}  // namespace peal::tool
