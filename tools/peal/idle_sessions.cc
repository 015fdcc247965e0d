#include "tools/peal/idle_sessions.h"

#include <memory>
#include <thread>

#include "core/base/status_macros.h"
#include "core/io/descriptors.h"
#include "tools/peal/crowd.h"
#include "tools/peal/daemon_usage.h"
#include "tools/peal/session.h"

namespace peal::tool {
Result<IdleSessionsResult> MeasureIdleSessions(const Context& context, uint64_t sessions,
                                               const std::string& type,
                                               std::chrono::milliseconds time) {
  constexpr std::chrono::seconds kSettling{1};
  constexpr size_t kOwnDescriptors = 64;
  // What the system does not grant shows when a session is refused.
  io::AllowDescriptors(sessions + kOwnDescriptors);
  PEAL_ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(context, "bench subscribe"));
  PEAL_ASSIGN_OR_RETURN(const DaemonUsage before, UsageOfDaemon(*client));
  PEAL_ASSIGN_OR_RETURN(
      const std::unique_ptr<Crowd> crowd,
      Crowd::Gather(context, {.subscribers = sessions, .subscription = {.types = {type}}}));
  std::this_thread::sleep_for(kSettling);
  PEAL_ASSIGN_OR_RETURN(const DaemonUsage settled, UsageOfDaemon(*client));
  std::this_thread::sleep_for(time);
  PEAL_ASSIGN_OR_RETURN(const DaemonUsage after, UsageOfDaemon(*client));
  return IdleSessionsResult{
      .memory_growth_bytes =
          static_cast<int64_t>(after.memory_bytes) - static_cast<int64_t>(before.memory_bytes),
      .core_share = std::chrono::duration<double>(after.cpu - settled.cpu) / time};
}

}  // namespace peal::tool
