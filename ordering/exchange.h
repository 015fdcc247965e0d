// One round of the state exchange: who takes part, and what has arrived. A value; pure.
#pragma once

#include <cstdint>
#include <set>
#include <utility>

#include "ordering/install.h"
#include "ordering/state.h"
#include "ordering/voters.h"

namespace peal::ordering {

class Exchange {
 public:
  // A new round with these members.
  void Start(uint32_t round, std::set<NodeId> members) {
    round_ = round;
    members_ = std::move(members);
    states_.clear();
    promises_.clear();
  }

  uint32_t round() const { return round_; }
  const std::set<NodeId>& members() const { return members_; }
  bool Has(NodeId node) const { return members_.contains(node); }

  // The first state of a member counts.
  void TakeState(MemberState state) { states_.emplace(state.node, std::move(state)); }
  bool complete() const { return states_.size() == members_.size(); }
  const MemberStates& states() const { return states_; }

  void TakePromise(NodeId node) { promises_.emplace(node, states_.at(node).journal); }
  const Journals& promises() const { return promises_; }

 private:
  uint32_t round_ = 0;
  std::set<NodeId> members_;
  MemberStates states_;
  Journals promises_;
};

}  // namespace peal::ordering
