#include "ordering/install.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "core/base/check.h"
#include "ordering/first_start.h"
#include "ordering/log_choice.h"
#include "ordering/voter_change.h"

namespace peal::ordering {
namespace {

std::string NameOf(const MemberStates& states, NodeId node) {
  for (const auto& [member, state] : states) {
    for (const ConfiguredNode& configured : state.nodelist) {
      if (configured.node == node) {
        return configured.name;
      }
    }
  }
  return fmt::format("node {}", node.value());
}

// Corosync gives its quorum to nodes of which it knows not who was in the order last. Who was, and
// has had the quorum ever since, knows that nobody went on without it; and where all voters are
// here, one of them has the newest log. An operator can vouch for it.
bool MayLackNothing(const MemberStates& states, const Voters& voters, const Rules& rules) {
  if (!voters.HasRule(QuorumRule::kCorosync) || !rules.standing) {
    return true;
  }
  const auto has_all = [journals = JournalsOf(states)](const VoterConfig& config) {
    return config.Votes(journals) == config.TotalVotes();
  };
  if (has_all(voters.current) && (!voters.previous || has_all(*voters.previous))) {
    return true;
  }
  return std::any_of(states.begin(), states.end(), [&voters](const auto& member) {
    const MemberState& state = member.second;
    return (state.standing && voters.current.Has(state.node, state.journal)) ||
           state.wants_bootstrap();
  });
}

// Whether its log counts. Who loses its vote by a change that is not known to be committed is still
// a voter: it may be the only one that has the change.
bool IsVoter(const MemberState& state) {
  Voters voters = state.voters();
  voters.Settle(state.committed);
  return voters.Has(state.node, state.journal);
}

// The states of the newest log among the voters.
std::vector<const MemberState*> NewestLogs(const MemberStates& states) {
  std::vector<const MemberState*> newest;
  for (const auto& [node, state] : states) {
    if (state.log_empty() || !IsVoter(state)) {
      continue;
    }
    if (!newest.empty() && state.log_epoch > newest.front()->log_epoch) {
      newest.clear();
    }
    if (newest.empty() || state.log_epoch == newest.front()->log_epoch) {
      newest.push_back(&state);
    }
  }
  return newest;
}

const MemberState& LongestConfirmed(const std::vector<const MemberState*>& logs) {
  return **std::max_element(logs.begin(), logs.end(), [](const auto* a, const auto* b) {
    return a->confirmed.position.index < b->confirmed.position.index;
  });
}

struct Candidate {
  const TailEntry* entry = nullptr;
  Journals holders;
};

std::map<Chain, Candidate> CandidatesAfter(const Position& base,
                                           const std::vector<const MemberState*>& logs) {
  std::map<Chain, Candidate> candidates;
  for (const MemberState* log : logs) {
    if (const TailEntry* next = log->After(base)) {
      Candidate& candidate = candidates[next->position.chain];
      candidate.entry = next;
      candidate.holders.emplace(log->node, log->journal);
    }
  }
  return candidates;
}

void Extend(Log::Point* base, const TailEntry& entry) {
  PEAL_CHECK(entry.position.index == base->position.index.Next());
  base->position = entry.position;
  if (entry.batch) {
    base->origins.Take(*entry.batch);
  }
  if (entry.voters) {
    base->voters = *entry.voters;
  }
}

// The ambiguity rule. False: several candidates may be committed, and nobody here can tell which.
bool ExtendByTails(const std::vector<const MemberState*>& logs, const Journals& members,
                   const Rules& rules, Log::Point* base) {
  while (true) {
    const std::map<Chain, Candidate> candidates = CandidatesAfter(base->position, logs);
    if (candidates.empty()) {
      return true;
    }
    if (candidates.size() == 1 || !rules.ambiguity) {
      Extend(base, *candidates.begin()->second.entry);
      continue;
    }
    const TailEntry* possible = nullptr;
    for (const auto& [chain, candidate] : candidates) {
      if (!base->voters.MayHaveSufficed(candidate.holders, members)) {
        continue;
      }
      if (possible == nullptr) {
        possible = candidate.entry;
      } else if (base->voters.HasRule(QuorumRule::kMajority)) {
        return false;
      }
      // Else nobody whose word counts is here, but one who was waited for in vain: none of them is
      // committed.
    }
    if (possible == nullptr) {
      return true;
    }
    Extend(base, *possible);
  }
}

std::vector<std::string> MissingVoters(const MemberStates& states, const Voters& voters) {
  std::vector<std::string> missing;
  for (const Voter& voter : voters.current.voters) {
    const auto member = states.find(voter.node);
    if (member == states.end()) {
      missing.push_back(NameOf(states, voter.node));
    } else if (member->second.journal != voter.journal) {
      missing.push_back(NameOf(states, voter.node) + " (here, but its journal is new)");
    }
  }
  return missing;
}

// The overlap rule: one change at a time, agreed to by the voters of before as well.
void ChangeVoters(const MemberStates& states, Epoch log_epoch, const Rules& rules,
                  Install* install) {
  Voters& voters = install->voters;
  if (voters.previous) {
    return;
  }
  if (std::optional<VoterConfig> next = NextVoters(voters.current, states, log_epoch)) {
    VoterConfig before = std::exchange(voters.current, *std::move(next));
    if (rules.overlap) {
      voters.previous = std::move(before);
    }
    voters.changed_at = install->base.position.index.Next();
  }
}

// Whose acknowledgements are waited for: not those of members that have to catch up first.
void CountMembers(const MemberStates& states, Install* install) {
  install->voters.counted.clear();
  if (!install->voters.HasRule(QuorumRule::kCorosync)) {
    return;
  }
  for (const auto& [node, state] : states) {
    if (state.Has(install->base.position)) {
      install->voters.counted.insert(node);
    }
  }
}

// Of two logs that were ordered apart the other one's commits are not of this one.
Index CommittedOf(const MemberStates& states, const Log::Point& base) {
  const bool apart = base.voters.HasRule(QuorumRule::kCorosync);
  Index committed;
  for (const auto& [node, state] : states) {
    if (!apart || state.Has(base.position)) {
      committed = std::max(committed, state.committed);
    }
  }
  return committed;
}

void FillMembers(const MemberStates& states, Install* install) {
  Epoch promised;
  for (const auto& [node, state] : states) {
    promised = std::max(promised, state.promised);
    install->time_us = std::max(install->time_us, state.time_us);
    proto::ViewMember member;
    member.set_node(node.value());
    member.set_name(state.name);
    member.set_incarnation(state.incarnation.value());
    install->members.push_back(std::move(member));
  }
  install->journals = JournalsOf(states);
  install->epoch = promised.Next();
}

// No voter has a log. What only learners have is one if so many of its voters are away that it may
// be committed; else its voters, who are here, have lost it before it was.
bool IsThereNoLog(const MemberStates& states) {
  Journals holders;
  for (const auto& [node, state] : states) {
    if (!state.log_empty()) {
      holders.emplace(node, state.journal);
    }
  }
  return std::all_of(states.begin(), states.end(), [&](const auto& member) {
    const MemberState& state = member.second;
    return state.log_empty() || (state.confirmed.position.index == Index(0) &&
                                 !state.voters().MayHaveSufficed(holders, JournalsOf(states)));
  });
}

Install DecideFirst(const MemberStates& states) {
  Install install;
  FirstStart start = DecideFirstStart(states);
  for (const ConfiguredNode& configured : states.begin()->second.nodelist) {
    install.votes_total += configured.votes;
  }
  install.votes_present = start.voters.TotalVotes();
  install.reason = std::move(start.reason);
  if (!install.reason.empty()) {
    return install;
  }
  install.primary = true;
  FillMembers(states, &install);
  install.donor = states.begin()->first;
  install.voters.log_id = LogIdOf(start.voters);
  install.voters.current = std::move(start.voters);
  install.voters.changed_at = Index(1);
  CountMembers(states, &install);
  return install;
}

Install Decide(const MemberStates& states, const Rules& rules) {
  const std::vector<const MemberState*> newest = NewestLogs(states);
  if (newest.empty()) {
    if (IsThereNoLog(states)) {
      return DecideFirst(states);
    }
    Install install;
    install.reason = "no member's journal is a voter's; wait for the nodes that have the log";
    return install;
  }
  Install install;
  FillMembers(states, &install);
  install.base = LongestConfirmed(newest).confirmed;
  const bool unambiguous = ExtendByTails(newest, install.journals, rules, &install.base);
  install.committed = CommittedOf(states, install.base);
  Voters voters = install.base.voters;
  voters.Settle(install.committed);
  install.votes_present = voters.current.Votes(install.journals);
  install.votes_total = voters.current.TotalVotes();
  if (!voters.MayOrder(install.journals)) {
    install.reason =
        fmt::format("{} of {} votes are here, {} are needed; missing {}", install.votes_present,
                    install.votes_total,
                    voters.current.rule == QuorumRule::kMajority ? install.votes_total / 2 + 1 : 1,
                    fmt::join(MissingVoters(states, voters), ", "));
    return install;
  }
  if (!MayLackNothing(states, voters, rules)) {
    install.reason = fmt::format(
        "corosync's quorum was lost meanwhile, so that others may have gone on without the nodes "
        "that are here; missing {}; if they are gone for good: `peal cluster bootstrap`",
        fmt::join(MissingVoters(states, voters), ", "));
    return install;
  }
  if (!unambiguous) {
    install.reason = fmt::format(
        "entry {} has two versions that may both be committed; needed to decide: {}",
        install.base.position.index.Next().value(), fmt::join(MissingVoters(states, voters), ", "));
    return install;
  }
  if (install.base.position.index < install.committed) {
    install.reason = fmt::format("a member has applied entry {}, and the voters' log ends at {}",
                                 install.committed.value(), install.base.position.index.value());
    return install;
  }
  const auto donor = std::find_if(newest.begin(), newest.end(),
                                  [&](const auto* log) { return log->Has(install.base.position); });
  PEAL_CHECK(donor != newest.end());
  install.donor = (*donor)->node;
  install.voters = std::move(voters);
  ChangeVoters(states, newest.front()->log_epoch, rules, &install);
  CountMembers(states, &install);
  install.votes_present = install.voters.current.Votes(install.journals);
  install.votes_total = install.voters.current.TotalVotes();
  install.primary = true;
  return install;
}

}  // namespace

Install DecideInstall(const MemberStates& states, const Rules& rules) {
  PEAL_CHECK(!states.empty());
  OneLog log = ChooseLog(states);
  Install install = Decide(log.states, rules);
  install.others = std::move(log.others);
  return install;
}

std::string EncodeEpochRecord(const Install& install) {
  proto::EpochRecord record;
  record.set_epoch(install.epoch.value());
  *record.mutable_voters() = ToProto(install.voters);
  for (const proto::ViewMember& member : install.members) {
    *record.add_members() = member;
  }
  record.set_time_us(install.time_us);
  return record.SerializeAsString();
}

}  // namespace peal::ordering
