#include "ordering/voters.h"

#include <algorithm>
#include <utility>

namespace peal::ordering {
namespace {

void ToProto(const VoterConfig& config, proto::VoterConfig* out) {
  out->set_version(config.version);
  out->set_rule(ordering::ToProto(config.rule));
  for (const Voter& voter : config.voters) {
    proto::Voter* added = out->add_voters();
    added->set_node(voter.node.value());
    added->set_journal(voter.journal.bytes);
    added->set_votes(voter.votes);
  }
  for (const NodeId node : config.forgotten) {
    out->add_forgotten(node.value());
  }
}

VoterConfig FromProto(const proto::VoterConfig& config) {
  VoterConfig out;
  out.version = config.version();
  out.rule = ordering::FromProto(config.rule());
  for (const proto::Voter& voter : config.voters()) {
    out.voters.push_back({NodeId(voter.node()), JournalId{voter.journal()}, voter.votes()});
  }
  for (const uint32_t node : config.forgotten()) {
    out.forgotten.insert(NodeId(node));
  }
  return out;
}

// Votes of those who hold something, and of the voters of whom nothing is known.
uint64_t PossibleVotes(const VoterConfig& config, const Journals& holders,
                       const Journals& members) {
  uint64_t absent = 0;
  for (const Voter& voter : config.voters) {
    const auto member = members.find(voter.node);
    if (member == members.end() || member->second != voter.journal) {
      absent += voter.votes;
    }
  }
  return config.Votes(holders) + absent;
}

Journals Only(const std::set<NodeId>& nodes, Journals journals) {
  std::erase_if(journals, [&nodes](const auto& member) { return !nodes.contains(member.first); });
  return journals;
}

}  // namespace

uint64_t VoterConfig::TotalVotes() const {
  uint64_t total = 0;
  for (const Voter& voter : voters) {
    total += voter.votes;
  }
  return total;
}

uint64_t VoterConfig::Votes(const Journals& present) const {
  uint64_t votes = 0;
  for (const Voter& voter : voters) {
    const auto member = present.find(voter.node);
    if (member != present.end() && member->second == voter.journal) {
      votes += voter.votes;
    }
  }
  return votes;
}

const Voter* VoterConfig::Find(NodeId node) const {
  const auto found = std::find_if(voters.begin(), voters.end(),
                                  [node](const Voter& voter) { return voter.node == node; });
  return found == voters.end() ? nullptr : &*found;
}

bool VoterConfig::Has(NodeId node, const JournalId& journal) const {
  const Voter* voter = Find(node);
  return voter != nullptr && voter->journal == journal;
}

bool VoterConfig::MayOrder(const Journals& present) const {
  const uint64_t votes = Votes(present);
  return rule == QuorumRule::kMajority ? IsMajority(votes) : votes > 0;
}

bool Voters::Names(NodeId node) const {
  return current.Find(node) != nullptr || (previous && previous->Find(node) != nullptr);
}

bool Voters::Has(NodeId node, const JournalId& journal) const {
  return current.Has(node, journal) || (previous && previous->Has(node, journal));
}

bool Voters::MayOrder(const Journals& present) const {
  return current.MayOrder(present) && (!previous || previous->MayOrder(present));
}

bool Voters::Suffice(const Journals& agreeing, const Journals& members) const {
  const Journals awaited = Only(counted, members);
  const auto suffice = [&](const VoterConfig& config) {
    const uint64_t votes = config.Votes(agreeing);
    return config.rule == QuorumRule::kMajority
               ? config.IsMajority(votes)
               : votes > 0 && config.Votes(Only(counted, agreeing)) == config.Votes(awaited);
  };
  return suffice(current) && (!previous || suffice(*previous));
}

bool Voters::MayHaveSufficed(const Journals& agreeing, const Journals& members) const {
  const Journals awaited = Only(counted, members);
  const auto may_have = [&](const VoterConfig& config) {
    return config.rule == QuorumRule::kMajority
               ? config.IsMajority(PossibleVotes(config, agreeing, members))
               : config.Votes(Only(counted, agreeing)) == config.Votes(awaited);
  };
  return may_have(current) && (!previous || may_have(*previous));
}

void Voters::Settle(Index committed) {
  if (committed >= changed_at) {
    previous.reset();
  }
}

proto::QuorumRule ToProto(QuorumRule rule) {
  return rule == QuorumRule::kCorosync ? proto::QUORUM_COROSYNC : proto::QUORUM_MAJORITY;
}

QuorumRule FromProto(proto::QuorumRule rule) {
  return rule == proto::QUORUM_COROSYNC ? QuorumRule::kCorosync : QuorumRule::kMajority;
}

proto::Voters ToProto(const Voters& voters) {
  proto::Voters out;
  ToProto(voters.current, out.mutable_current());
  if (voters.previous) {
    ToProto(*voters.previous, out.mutable_previous());
  }
  out.set_changed_at(voters.changed_at.value());
  out.set_log_id(voters.log_id);
  for (const NodeId node : voters.counted) {
    out.add_counted(node.value());
  }
  return out;
}

Voters FromProto(const proto::Voters& voters) {
  Voters out;
  out.current = FromProto(voters.current());
  if (voters.has_previous()) {
    out.previous = FromProto(voters.previous());
  }
  out.changed_at = Index(voters.changed_at());
  out.log_id = voters.log_id();
  for (const uint32_t node : voters.counted()) {
    out.counted.insert(NodeId(node));
  }
  return out;
}

}  // namespace peal::ordering
