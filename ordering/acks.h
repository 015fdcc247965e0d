// What the members of the open epoch have acknowledged, and what follows from it. A value; pure.
#pragma once

#include <map>
#include <optional>

#include "ordering/log.h"
#include "ordering/types.h"
#include "ordering/voters.h"

namespace peal::ordering {

class Acks {
 public:
  explicit Acks(bool compare_chains = true) : compare_chains_(compare_chains) {}

  void Reset() { positions_.clear(); }
  // An acknowledgement was delivered in its view. Older ones than known change nothing.
  void Take(NodeId member, const Position& position);

  // Highest index that an acknowledgement of another member than `self` covers with the chain of
  // `log`.
  Index ConfirmedByOthers(const Log& log, NodeId self) const;
  // Highest index that acknowledgements of enough `voters` cover with the chain of `log`; none: 0.
  // Members vote with the journals of this round.
  Index Agreed(const Log& log, const Voters& voters, const Journals& journals) const;
  // Members whose acknowledgement contradicts `log`.
  Journals Contradicting(const Log& log, const Journals& journals) const;

  const std::map<NodeId, Position>& positions() const { return positions_; }

 private:
  // Whether the acknowledgement speaks of this very log, up to its index.
  bool Agrees(const Log& log, const Position& position) const {
    return compare_chains_ ? log.Has(position) : log.ChainAt(position.index).has_value();
  }

  const bool compare_chains_;
  std::map<NodeId, Position> positions_;
};

}  // namespace peal::ordering
