#include "core/server/applied_event.h"

#include <optional>
#include <utility>

#include "core/base/event_wire.h"
#include "fmt/format.h"

namespace peal::server {

absl::StatusOr<GlobalEvent> Stamped(AppliedEvent applied) {
  const std::optional<std::string_view> type = base::TypeOf(applied.encoded);
  if (!type) {
    return absl::DataLossError(
        fmt::format("the event with globalseq {} is unreadable", applied.globalseq.value()));
  }
  GlobalEvent out{applied.globalseq, std::string(*type), std::move(applied.encoded)};
  base::AppendOrderStamps(applied.globalseq, applied.epoch, &out.encoded);
  return out;
}

}  // namespace peal::server
