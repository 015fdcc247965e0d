#include "tools/peal/catch_up.h"

#include <chrono>
#include <memory>

#include "core/base/status_macros.h"
#include "fmt/format.h"
#include "tools/peal/publish_load.h"
#include "tools/peal/session.h"

namespace peal::tool {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t kOutstanding = 1000;

Status WaitForEvents(Client* client, const CatchUpOptions& options, const uint64_t& seen,
                     std::chrono::milliseconds patience) {
  Clock::time_point progress = Clock::now();
  while (seen < options.events) {
    if (Clock::now() - progress >= patience) {
      return {ErrorKind::kTimedOut,
              fmt::format("{} of {} events arrived at the subscriber", seen, options.events)};
    }
    const uint64_t before = seen;
    PEAL_RETURN_IF_ERROR(client->Dispatch(patience));
    progress = seen == before ? progress : Clock::now();
  }
  return {};
}

}  // namespace

Result<CatchUpResult> MeasureCatchUp(const Context& context, const CatchUpOptions& options) {
  PEAL_ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(context, "bench subscribe"));
  PEAL_ASSIGN_OR_RETURN(const DaemonStatus status, client->GetStatus(context.timeout));
  PEAL_RETURN_IF_ERROR(RunPublishLoad(context, {.event = options.event,
                                                .data_bytes = options.data_bytes,
                                                .outstanding = kOutstanding,
                                                .count = options.events})
                           .status());

  uint64_t seen = 0;
  const Clock::time_point start = Clock::now();
  PEAL_RETURN_IF_ERROR(client
                           ->Subscribe(
                               {.types = {options.event.type},
                                .from = SubscribeOptions::From::kSequence,
                                .from_sequence = status.globalseq + 1},
                               [&seen](const Event& /*event*/) { ++seen; }, context.timeout)
                           .status());
  PEAL_RETURN_IF_ERROR(WaitForEvents(client.get(), options, seen, context.timeout));
  return CatchUpResult{.events = seen,
                       .seconds = std::chrono::duration<double>(Clock::now() - start).count()};
}

}  // namespace peal::tool
