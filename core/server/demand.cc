#include "core/server/demand.h"

#include <algorithm>

namespace peal::server {

void AddDemand(const SubscriptionSpec& spec, const std::vector<proto::ClassInfo>& classes,
               Demand* demand) {
  std::set<std::string>& wanted =
      spec.scope == proto::Subscribe::LOCAL ? demand->local : demand->global;
  for (const proto::ClassInfo& each : classes) {
    if (std::any_of(each.types().begin(), each.types().end(), [&spec](const std::string& type) {
          return filter::MatchesAny(spec.types, type);
        })) {
      wanted.insert(each.name());
    }
  }
}

}  // namespace peal::server
