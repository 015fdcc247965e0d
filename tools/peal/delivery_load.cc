#include "tools/peal/delivery_load.h"

#include <memory>

#include "core/base/status_macros.h"
#include "tools/peal/crowd.h"
#include "tools/peal/session.h"

namespace peal::tool {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

Result<DeliveryLoadResult> MeasureDeliveryLoad(const Context& context,
                                               const DeliveryLoadOptions& options) {
  Context other = context;
  other.socket_path = options.subscriber_socket;
  PEAL_ASSIGN_OR_RETURN(const std::unique_ptr<Client> publishing, Connect(context, "bench"));
  PEAL_ASSIGN_OR_RETURN(const std::unique_ptr<Crowd> crowd,
                        Crowd::Gather(other, {.subscribers = options.subscribers,
                                              .stopped = options.stopped,
                                              .subscription = {.types = {options.load.event.type}},
                                              .measures = options.measures}));
  const Result<DaemonUsage> before = UsageOfDaemon(*crowd->first());

  crowd->Start(context.timeout);
  PacedPublisher publisher(publishing.get(), options.load, context.timeout);
  const Clock::time_point start = Clock::now();
  PEAL_RETURN_IF_ERROR(publisher.Run());
  PEAL_RETURN_IF_ERROR(crowd->Finish(publisher.published()));
  const std::chrono::duration<double> seconds = Clock::now() - start;

  const auto events = static_cast<double>(publisher.published());
  DeliveryLoadResult result{
      .subscriber_node = crowd->first()->daemon().node,
      .events = publisher.published(),
      .events_per_s = events / publisher.seconds(),
      .deliveries_per_s = events * static_cast<double>(options.subscribers) / seconds.count(),
      .latencies = crowd->latencies(),
      .memory_growth_bytes = std::nullopt};
  if (const Result<DaemonUsage> after = UsageOfDaemon(*crowd->first()); before.ok() && after.ok()) {
    result.memory_growth_bytes =
        static_cast<int64_t>(after->memory_bytes) - static_cast<int64_t>(before->memory_bytes);
  }
  return result;
}

}  // namespace peal::tool
