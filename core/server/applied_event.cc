#include "core/server/applied_event.h"

#include <utility>

#include "fmt/format.h"
#include "proto/event.pb.h"

namespace peal::server {

absl::StatusOr<GlobalEvent> Stamped(const AppliedEvent& applied) {
  proto::Event event;
  if (!event.ParseFromString(applied.encoded)) {
    return absl::DataLossError(
        fmt::format("the event with globalseq {} is unreadable", applied.globalseq.value()));
  }
  proto::Event stamps;
  stamps.set_globalseq(applied.globalseq.value());
  stamps.set_epoch(applied.epoch.value());
  GlobalEvent out{applied.globalseq, std::move(*event.mutable_type()), applied.encoded};
  stamps.AppendToString(&out.encoded);
  return out;
}

}  // namespace peal::server
