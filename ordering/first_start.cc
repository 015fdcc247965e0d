#include "ordering/first_start.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "core/base/sha256.h"

namespace peal::ordering {

FirstStart DecideFirstStart(const MemberStates& states) {
  FirstStart start;
  const std::vector<ConfiguredNode>& nodelist = states.begin()->second.nodelist;
  std::vector<std::string> missing;
  for (const ConfiguredNode& configured : nodelist) {
    const auto member = states.find(configured.node);
    if (member == states.end()) {
      missing.push_back(configured.name);
    } else {
      start.voters.voters.push_back({configured.node, member->second.journal, configured.votes});
    }
  }
  start.voters.version = 1;
  start.voters.rule = states.begin()->second.rule;
  const bool bootstrap = std::any_of(states.begin(), states.end(), [](const auto& member) {
    return member.second.wants_bootstrap();
  });
  if (bootstrap && start.voters.TotalVotes() > 0) {
    return start;
  }
  const bool agree = std::all_of(states.begin(), states.end(), [&](const auto& member) {
    return member.second.nodelist == nodelist;
  });
  const bool one_rule = std::all_of(states.begin(), states.end(), [&](const auto& member) {
    return member.second.rule == start.voters.rule;
  });
  if (!agree) {
    start.reason = "first start: the members' nodelists in corosync.conf differ";
  } else if (!one_rule) {
    start.reason = "first start: ordering.quorum in the members' peald.toml differs";
  } else if (!missing.empty()) {
    start.reason = fmt::format(
        "first start: the log begins when every node of corosync's nodelist is here, or with `peal "
        "cluster bootstrap`; missing {}",
        fmt::join(missing, ", "));
  } else if (start.voters.TotalVotes() == 0) {
    start.reason = "first start: no node of corosync's nodelist has a vote";
  }
  return start;
}

std::string LogIdOf(const VoterConfig& first) {
  std::string text;
  for (const Voter& voter : first.voters) {
    text += fmt::format("{} {} ", voter.node.value(), voter.journal.bytes);
  }
  const base::Digest digest = base::Sha256({text});
  return {reinterpret_cast<const char*>(digest.data()), 16};
}

}  // namespace peal::ordering
