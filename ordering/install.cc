#include "ordering/install.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "core/base/check.h"
#include "ordering/voter_change.h"

namespace peal::ordering {
namespace {

Journals JournalsOf(const MemberStates& states) {
  Journals journals;
  for (const auto& [node, state] : states) {
    journals.emplace(node, state.journal);
  }
  return journals;
}

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

// The first log: only when everybody whom corosync knows is here, and nobody has a log.
struct FirstStart {
  VoterConfig voters;
  std::string reason;
};

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
  const bool bootstrap = std::any_of(states.begin(), states.end(), [](const auto& member) {
    return member.second.wish && member.second.wish->kind == VoterWish::Kind::kBootstrap;
  });
  if (bootstrap && start.voters.TotalVotes() > 0) {
    return start;
  }
  const bool agree = std::all_of(states.begin(), states.end(), [&](const auto& member) {
    return member.second.nodelist == nodelist;
  });
  if (!agree) {
    start.reason = "first start: the members' nodelists in corosync.conf differ";
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

// Whether its log counts. Who loses its vote by a change that is not known to be committed is still
// a voter: it may be the only one that has the change.
bool IsVoter(const MemberState& state) {
  Voters voters = state.voters();
  voters.Settle(state.committed);
  return voters.current.Has(state.node, state.journal) ||
         (voters.previous && voters.previous->Has(state.node, state.journal));
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
      if (!base->voters.CouldBeMajority(candidate.holders, members)) {
        continue;
      }
      if (possible != nullptr) {
        return false;
      }
      possible = candidate.entry;
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

void FillMembers(const MemberStates& states, Install* install) {
  Epoch promised;
  for (const auto& [node, state] : states) {
    promised = std::max(promised, state.promised);
    install->committed = std::max(install->committed, state.committed);
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
                                 !state.voters().CouldBeMajority(holders, JournalsOf(states)));
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
  install.voters.current = std::move(start.voters);
  install.voters.changed_at = Index(1);
  return install;
}

}  // namespace

Install DecideInstall(const MemberStates& states, const Rules& rules) {
  PEAL_CHECK(!states.empty());
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
  Voters voters = install.base.voters;
  voters.Settle(install.committed);
  install.votes_present = voters.current.Votes(install.journals);
  install.votes_total = voters.current.TotalVotes();
  if (!voters.HaveMajority(install.journals)) {
    install.reason =
        fmt::format("{} of {} votes are here, {} are needed; missing {}", install.votes_present,
                    install.votes_total, install.votes_total / 2 + 1,
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
  install.votes_present = install.voters.current.Votes(install.journals);
  install.votes_total = install.voters.current.TotalVotes();
  install.primary = true;
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
