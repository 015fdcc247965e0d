#include "ordering/voter_change.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace peal::ordering {
namespace {

// Each of these makes the first change of its kind, or returns false.

bool Remove(NodeId node, VoterConfig* config) {
  return std::erase_if(config->voters, [node](const Voter& voter) { return voter.node == node; }) >
         0;
}

bool FulfilWish(const MemberStates& states, VoterConfig* config) {
  for (const auto& [node, state] : states) {
    if (!state.wish || IsMet(*state.wish, *config)) {
      continue;
    }
    if (state.wish->kind == VoterWish::Kind::kAdmit) {
      config->forgotten.erase(state.wish->node);
      return true;
    }
    if (state.wish->kind == VoterWish::Kind::kForget) {
      Remove(state.wish->node, config);
      config->forgotten.insert(state.wish->node);
      return true;
    }
  }
  return false;
}

// Every member has to be configured with it.
bool FollowRule(const MemberStates& states, VoterConfig* config) {
  const QuorumRule rule = states.begin()->second.rule;
  const bool agree = std::all_of(states.begin(), states.end(),
                                 [rule](const auto& member) { return member.second.rule == rule; });
  return agree && std::exchange(config->rule, rule) != rule;
}

bool AdmitReplacedJournal(const MemberStates& states, Epoch log_epoch, VoterConfig* config) {
  for (Voter& voter : config->voters) {
    const auto member = states.find(voter.node);
    if (member != states.end() && member->second.journal != voter.journal &&
        member->second.log_epoch == log_epoch) {
      voter.journal = member->second.journal;
      return true;
    }
  }
  return false;
}

// Null: the members do not agree.
const std::vector<ConfiguredNode>* CommonNodelist(const MemberStates& states) {
  const std::vector<ConfiguredNode>& first = states.begin()->second.nodelist;
  const bool agree = std::all_of(states.begin(), states.end(), [&first](const auto& member) {
    return member.second.nodelist == first;
  });
  return agree && !first.empty() ? &first : nullptr;
}

bool Contains(const std::vector<ConfiguredNode>& nodelist, NodeId node) {
  return std::any_of(nodelist.begin(), nodelist.end(),
                     [node](const ConfiguredNode& configured) { return configured.node == node; });
}

bool FollowVotes(const std::vector<ConfiguredNode>& nodelist, VoterConfig* config) {
  for (Voter& voter : config->voters) {
    for (const ConfiguredNode& configured : nodelist) {
      if (configured.node == voter.node && configured.votes != voter.votes) {
        voter.votes = configured.votes;
        return true;
      }
    }
  }
  return false;
}

bool AdmitNewNode(const std::vector<ConfiguredNode>& nodelist, const MemberStates& states,
                  Epoch log_epoch, VoterConfig* config) {
  for (const ConfiguredNode& configured : nodelist) {
    const auto member = states.find(configured.node);
    if (member == states.end() || member->second.log_epoch != log_epoch ||
        config->Find(configured.node) != nullptr || config->forgotten.contains(configured.node)) {
      continue;
    }
    const auto place =
        std::find_if(config->voters.begin(), config->voters.end(),
                     [&configured](const Voter& voter) { return voter.node > configured.node; });
    config->voters.insert(place, {configured.node, member->second.journal, configured.votes});
    return true;
  }
  return false;
}

bool RemoveGoneNode(const std::vector<ConfiguredNode>& nodelist, VoterConfig* config) {
  for (const Voter& voter : config->voters) {
    if (!Contains(nodelist, voter.node)) {
      return Remove(voter.node, config);
    }
  }
  return std::erase_if(config->forgotten,
                       [&nodelist](NodeId node) { return !Contains(nodelist, node); }) > 0;
}

}  // namespace

std::optional<VoterConfig> NextVoters(const VoterConfig& now, const MemberStates& states,
                                      Epoch log_epoch) {
  Journals present;
  for (const auto& [node, state] : states) {
    present.emplace(node, state.journal);
  }
  const std::vector<ConfiguredNode>* const nodelist = CommonNodelist(states);
  const auto due = [&](auto&& change) -> std::optional<VoterConfig> {
    VoterConfig next = now;
    next.version += 1;
    return change(&next) && next.MayOrder(present) ? std::optional(std::move(next)) : std::nullopt;
  };
  std::optional<VoterConfig> next =
      due([&](VoterConfig* config) { return FulfilWish(states, config); });
  if (!next) {
    next =
        due([&](VoterConfig* config) { return AdmitReplacedJournal(states, log_epoch, config); });
  }
  if (!next) {
    next = due([&](VoterConfig* config) { return FollowRule(states, config); });
  }
  if (next || nodelist == nullptr) {
    return next;
  }
  next = due([&](VoterConfig* config) { return FollowVotes(*nodelist, config); });
  if (!next) {
    next = due(
        [&](VoterConfig* config) { return AdmitNewNode(*nodelist, states, log_epoch, config); });
  }
  return next ? next : due([&](VoterConfig* config) { return RemoveGoneNode(*nodelist, config); });
}

bool IsMet(const VoterWish& wish, const VoterConfig& voters) {
  switch (wish.kind) {
    case VoterWish::Kind::kBootstrap:
      return !voters.voters.empty();
    case VoterWish::Kind::kAdmit:
      return !voters.forgotten.contains(wish.node);
    case VoterWish::Kind::kForget:
      return voters.forgotten.contains(wish.node) && voters.Find(wish.node) == nullptr;
  }
  return false;
}

}  // namespace peal::ordering
