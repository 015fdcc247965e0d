#include "ordering/voters.h"

#include <algorithm>
#include <utility>

namespace peal::ordering {
namespace {

void ToProto(const VoterConfig& config, proto::VoterConfig* out) {
  out->set_version(config.version);
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

bool Voters::HaveMajority(const Journals& present) const {
  return current.IsMajority(current.Votes(present)) &&
         (!previous || previous->IsMajority(previous->Votes(present)));
}

bool Voters::CouldBeMajority(const Journals& holders, const Journals& members) const {
  return current.IsMajority(PossibleVotes(current, holders, members)) &&
         (!previous || previous->IsMajority(PossibleVotes(*previous, holders, members)));
}

void Voters::Settle(Index committed) {
  if (committed >= changed_at) {
    previous.reset();
  }
}

proto::Voters ToProto(const Voters& voters) {
  proto::Voters out;
  ToProto(voters.current, out.mutable_current());
  if (voters.previous) {
    ToProto(*voters.previous, out.mutable_previous());
  }
  out.set_changed_at(voters.changed_at.value());
  return out;
}

Voters FromProto(const proto::Voters& voters) {
  Voters out;
  out.current = FromProto(voters.current());
  if (voters.has_previous()) {
    out.previous = FromProto(voters.previous());
  }
  out.changed_at = Index(voters.changed_at());
  return out;
}

}  // namespace peal::ordering
