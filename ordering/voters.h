// Who counts towards a majority. Values; pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
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

struct VoterConfig {
  uint64_t version = 0;
  std::vector<Voter> voters;  // Sorted by node.
  // Nodes that an operator has taken the vote from: they get none until he gives it back.
  std::set<NodeId> forgotten;

  uint64_t TotalVotes() const;
  // Votes of those voters whose journal is among `present`.
  uint64_t Votes(const Journals& present) const;
  bool IsMajority(uint64_t votes) const { return votes * 2 > TotalVotes(); }
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

  bool empty() const { return current.voters.empty(); }
  bool HaveMajority(const Journals& present) const;
  // Could `holders`, together with every voter that is not among `members`, be a majority?
  bool CouldBeMajority(const Journals& holders, const Journals& members) const;
  // Once `committed` covers the change, the voters of before are history.
  void Settle(Index committed);
  bool operator==(const Voters&) const = default;
};

proto::Voters ToProto(const Voters& voters);
Voters FromProto(const proto::Voters& voters);

}  // namespace peal::ordering
