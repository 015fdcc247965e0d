// Who counts towards a majority. Values; pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ordering/types.h"
#include "proto/group.pb.h"

namespace peal::ordering {

// A vote belongs to a journal, not to a node: a node that lost its journal has lost its vote with
// it (the amnesia rule), until it is admitted again.
struct Voter {
  NodeId node;
  JournalId journal;
  uint32_t votes = 1;
  bool operator==(const Voter&) const = default;
};

// The journals that are present, by node.
using Journals = std::map<NodeId, JournalId>;

// Whose word an epoch is opened on, and an entry committed.
enum class QuorumRule : uint8_t {
  kMajority,  // That of voters with more than half of all votes.
  // That of all voters of the round who have its log; corosync decides which side of a partition
  // goes on.
  kCorosync,
};

struct VoterConfig {
  uint64_t version = 0;
  QuorumRule rule = QuorumRule::kMajority;
  std::vector<Voter> voters;  // Sorted by node.
  // Nodes that an operator has taken the vote from: they get none until he gives it back.
  std::set<NodeId> forgotten;

  uint64_t TotalVotes() const;
  // Votes of those voters whose journal is among `present`.
  uint64_t Votes(const Journals& present) const;
  bool IsMajority(uint64_t votes) const { return votes * 2 > TotalVotes(); }
  // Whether so few could go on, were everybody else away for good.
  bool MayOrder(const Journals& present) const;
  const Voter* Find(NodeId node) const;
  bool Has(NodeId node, const JournalId& journal) const;
  bool operator==(const VoterConfig&) const = default;
};

// The voters of a log. While the entry that changed them is not known to be committed, the voters
// of before must agree to everything too.
struct Voters {
  VoterConfig current;
  std::optional<VoterConfig> previous;
  Index changed_at;  // The Epoch entry that made `current` so.
  // Tells logs apart that began apart: a digest of the first voters. The same for all of a log.
  std::string log_id;
  // kCorosync: the members of the epoch that had its log when it opened. The others are waited for
  // by nobody until a later epoch counts them.
  std::set<NodeId> counted;

  bool empty() const { return current.voters.empty(); }
  bool HasRule(QuorumRule rule) const {
    return current.rule == rule || (previous && previous->rule == rule);
  }
  // By the voters of now or, until they are settled, of before.
  bool Names(NodeId node) const;
  bool Has(NodeId node, const JournalId& journal) const;
  bool MayOrder(const Journals& present) const;
  // Whether `agreeing`, of the epoch's `members`, open it or commit an entry of it.
  bool Suffice(const Journals& agreeing, const Journals& members) const;
  // Whether they may have, for all that `members` of a later round can tell: who is absent may have
  // agreed as well.
  bool MayHaveSufficed(const Journals& agreeing, const Journals& members) const;
  // Once `committed` covers the change, the voters of before are history.
  void Settle(Index committed);
  bool operator==(const Voters&) const = default;
};

proto::QuorumRule ToProto(QuorumRule rule);
QuorumRule FromProto(proto::QuorumRule rule);
proto::Voters ToProto(const Voters& voters);
Voters FromProto(const proto::Voters& voters);

}  // namespace peal::ordering
