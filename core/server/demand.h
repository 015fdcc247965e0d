// What this node's subscribers want: producers run only for them, and what is dispatched by
// interest is ordered only for them.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/server/subscription.h"
#include "proto/session.pb.h"

namespace peal::server {

// Names of classes, but for `types`. A value.
struct Demand {
  // Wanted from every node: by a subscription with scope global or all.
  std::set<std::string> global;
  // Wanted from this node only: by a subscription with scope local.
  std::set<std::string> local{};
  // Globs: Dispatch::Asked().
  std::set<std::string> types{};
  bool operator==(const Demand&) const = default;
};

// Adds to `demand` those of `classes` of which `spec` lets a type through.
void AddDemand(const SubscriptionSpec& spec, const std::vector<proto::ClassInfo>& classes,
               Demand* demand);

}  // namespace peal::server
