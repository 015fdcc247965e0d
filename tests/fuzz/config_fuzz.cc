// A configuration file of any bytes is read, or refused with the file's name in the reason.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/check.h"
#include "core/config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  peal::Config config;
  const absl::Status status = peal::ApplyToml(
      std::string_view(reinterpret_cast<const char*>(data), size), "peald.toml", &config);
  PEAL_CHECK(status.ok() || absl::IsInvalidArgument(status));
  PEAL_CHECK(status.ok() || status.message().find("peald.toml") != absl::string_view::npos);
  return 0;
}
