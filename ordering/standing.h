// The standing rule's knowledge: where corosync decides who goes on, a node may do so without the
// others only while nobody can have ordered without it (docs/decisions/009). A value; pure.
//
//   gained   it is counted in an open epoch, whose log is durable here, and corosync has quorum
//   lost     corosync's quorum or the group is lost; a round or an epoch goes on without it; it has
//            to catch up; messages are missing, among which such a round may have been; or a ring
//            ends in which it could not have noticed who was ahead
#pragma once

#include <set>

#include "ordering/types.h"
#include "ordering/voters.h"

namespace peal::ordering {

class Standing {
 public:
  bool holds() const { return holds_; }
  void Gain() { holds_ = true; }
  void Lose() { holds_ = false; }

  // A member's state was delivered in this ring.
  void Heard(NodeId node) { heard_.insert(node); }
  // The ring of `members` ends. A voter in it whose state did not come may have been ahead; and
  // where a voter was not in it, one of the others may have had the quorum, unless corosync told
  // that this ring had it.
  void EndRing(const Voters& voters, const std::set<NodeId>& members, bool quorum_told) {
    bool all_here = true;
    for (const Voter& voter : voters.current.voters) {
      const bool here = members.contains(voter.node);
      all_here = all_here && here;
      holds_ = holds_ && (!here || heard_.contains(voter.node));
    }
    holds_ = holds_ && (all_here || quorum_told);
    heard_.clear();
  }

 private:
  bool holds_ = false;
  std::set<NodeId> heard_;
};

}  // namespace peal::ordering
