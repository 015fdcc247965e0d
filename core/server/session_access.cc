// What a session's client may do.

#include "core/base/status_macros.h"
#include "core/server/session.h"
#include "fmt/format.h"

namespace peal::server {

absl::Status Session::MayPublish(const proto::Event& event) {
  PEAL_RETURN_IF_ERROR(Logged(rights_.MayPublish(event.type())));
  return context_.uid_limits->TakePublish(peer_.uid, event, context_.loop->Now());
}

absl::Status Session::MaySubscribe(const SubscriptionSpec& spec) {
  return Logged(rights_.MaySubscribe(spec.types));
}

absl::Status Session::MayForget(const DurablePlace& durable) {
  return Logged(rights_.MayForget(durable.name, durable.owner));
}

absl::Status Session::MayChangeVoters() {
  return Logged(rights_.MayAdminister("change the voters"));
}

absl::Status Session::Logged(absl::Status permission) {
  if (absl::IsPermissionDenied(permission)) {
    context_.host->LogClient(fmt::format("denied client '{}' (pid {}, uid {}): {}", client_,
                                         peer_.pid, peer_.uid, std::string(permission.message())));
  }
  return permission;
}

}  // namespace peal::server
