// An event in JSON of any bytes is read, or refused; what was read and may be published is the same
// line when it is written, read and written again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/check.h"
#include "core/base/event_codec.h"
#include "core/base/event_json.h"

namespace {

void Check(std::string_view json, peal::base::Stamps stamps) {
  const absl::StatusOr<peal::Event> event =
      peal::base::EventFromJson(json, {.stamps = stamps, .default_scope = peal::Scope::kLocal});
  if (!event.ok()) {
    PEAL_CHECK(absl::IsInvalidArgument(event.status()));
    PEAL_CHECK(!event.status().message().empty());
    return;
  }
  peal::proto::Event encoded;
  peal::base::ToProto(*event, &encoded);
  peal::Event decoded;
  PEAL_CHECK(peal::base::DecodeEvent(encoded.SerializeAsString(), &decoded));
  const std::string line = peal::base::EventToJson(decoded);
  PEAL_CHECK(line.find('\n') == std::string::npos);
  if (!peal::base::ValidateForPublish(encoded, size_t{1} << 20, /*from_bus=*/true).ok()) {
    return;
  }
  const absl::StatusOr<peal::Event> again =
      peal::base::EventFromJson(line, {.stamps = stamps, .default_scope = peal::Scope::kGlobal});
  PEAL_CHECK(again.ok());
  // An integer beyond 32 bits comes back as the string that it is written as.
  PEAL_CHECK(peal::base::EventToJson(*again) == line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  Check(json, peal::base::Stamps::kIgnore);
  Check(json, peal::base::Stamps::kRead);
  const absl::StatusOr<std::string> small = peal::base::MinifyJson(json);
  if (small.ok()) {
    PEAL_CHECK(*peal::base::MinifyJson(*small) == *small);
  }
  return 0;
}
