#include "ordering/acks.h"

#include <algorithm>

namespace peal::ordering {

void Acks::Take(NodeId member, const Position& position) {
  const auto [known, added] = positions_.emplace(member, position);
  if (!added && position.index > known->second.index) {
    known->second = position;
  }
}

Index Acks::ConfirmedByOthers(const Log& log, NodeId self) const {
  Index confirmed;
  for (const auto& [member, position] : positions_) {
    if (member != self && Agrees(log, position)) {
      confirmed = std::max(confirmed, position.index);
    }
  }
  return confirmed;
}

Index Acks::Agreed(const Log& log, const Voters& voters, const Journals& journals) const {
  Index best;
  for (const auto& [candidate, bound] : positions_) {
    if (bound.index <= best || !Agrees(log, bound)) {
      continue;
    }
    Journals covering;
    for (const auto& [member, position] : positions_) {
      const auto journal = journals.find(member);
      if (journal != journals.end() && position.index >= bound.index && Agrees(log, position)) {
        covering.insert(*journal);
      }
    }
    if (voters.Suffice(covering, journals)) {
      best = bound.index;
    }
  }
  return best;
}

Journals Acks::Contradicting(const Log& log, const Journals& journals) const {
  Journals members;
  for (const auto& [member, position] : positions_) {
    const std::optional<Chain> chain = log.ChainAt(position.index);
    const auto journal = journals.find(member);
    if (chain && !Agrees(log, position) && journal != journals.end()) {
      members.insert(*journal);
    }
  }
  return members;
}

}  // namespace peal::ordering
