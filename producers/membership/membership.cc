#include "producers/membership/membership.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <tuple>

#include "fmt/format.h"
#include "producers/event_builder.h"

namespace peal::producers {
namespace {

constexpr const char* kSource = "/peal";

bool ById(const Member& a, const Member& b) {
  return std::tie(a.node, a.incarnation) < std::tie(b.node, b.incarnation);
}

std::vector<Member> Sorted(std::vector<Member> members) {
  std::sort(members.begin(), members.end(), ById);
  return members;
}

// Who is in `members` and not in `others`, both sorted.
std::vector<Member> Without(const std::vector<Member>& members, const std::vector<Member>& others) {
  std::vector<Member> rest;
  std::set_difference(members.begin(), members.end(), others.begin(), others.end(),
                      std::back_inserter(rest), ById);
  return rest;
}

std::string Names(const std::vector<Member>& members) {
  std::string names;
  for (const Member& member : members) {
    if (!names.empty()) {
      names += ',';
    }
    names += member.name;
  }
  return names;
}

proto::Event NodeEvent(std::string_view what, const Member& member, Epoch epoch) {
  proto::Event event = EventBuilder(fmt::format("node.{}", what), member.name)
                           .Integer("nodeid", static_cast<int64_t>(member.node.value()))
                           .Build();
  event.set_id(fmt::format("{}-{}-{}", what, epoch.value(), member.node.value()));
  event.set_source(kSource);
  return event;
}

}  // namespace

std::vector<proto::Event> MembershipEvents(const MembershipChange& change) {
  const std::vector<Member> now = Sorted(change.members);
  const std::vector<Member> before = Sorted(change.before);
  const std::vector<Member> joined = Without(now, before);
  const std::vector<Member> left = Without(before, now);

  std::vector<proto::Event> events;
  events.push_back(EventBuilder("peal.view", std::to_string(change.epoch.value()))
                       .Text("joined", Names(joined))
                       .Text("left", Names(left))
                       .Text("members", Names(now))
                       .Build());
  events.back().set_id(fmt::format("view-{}", change.epoch.value()));
  events.back().set_source(kSource);
  for (const Member& member : joined) {
    events.push_back(NodeEvent("joined", member, change.epoch));
  }
  for (const Member& member : left) {
    events.push_back(NodeEvent("left", member, change.epoch));
  }
  return events;
}

ClassDescription NodeClass() {
  return {.name = "node",
          .description = "Nodes that join and leave the primary component of the cluster",
          .mode = "pushed",
          .types = {"node.joined", "node.left"},
          .attributes = {{.name = "nodeid",
                          .type = "int",
                          .unit = "",
                          .meaning = "the node's id in corosync's nodelist"}},
          .cost = "none: these events are part of the global order in any case"};
}

}  // namespace peal::producers
