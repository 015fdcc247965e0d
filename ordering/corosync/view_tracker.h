// From CPG's callbacks to views. Pure; no IO.
//
// CPG tells a change of ring in pieces: up to one callback with the members that left, one with
// those that joined, one a process that ended meanwhile, and the ring id always last (corosync
// exec/cpg.c, cpg_sync_activate). It tells a process that joins or leaves within a ring by one
// callback without a ring id. A view is therefore made
//   * at every ring callback, and
//   * at every membership callback that is not the first part of a change of ring,
// as soon as this process is a member and a ring is known. The same ring with the same members
// again (CPG repeats the ring after a join) is not another view.
//
// Members are those whose node is in the ring's list: CPG can announce dead ones. Of several
// processes of a node the one that joined last counts, as far as this process saw them join; else
// the highest pid. Of this process's own node it is this process.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "ordering/types.h"

namespace peal::ordering::corosync {

struct View {
  RingId ring;
  std::vector<Process> members;  // Sorted.
  bool operator==(const View&) const = default;
};

// What a membership callback says about why: NODEDOWN and NODEUP come with a change of ring only.
enum class MembershipCause : uint8_t { kProcess, kRing };

// Not thread-safe.
class ViewTracker {
 public:
  explicit ViewTracker(Process self) : self_(self) {}

  // The view that starts now; nullopt: none.
  std::optional<View> OnMembers(const std::vector<Process>& members,
                                const std::vector<Process>& joined, MembershipCause cause);
  std::optional<View> OnRing(RingId ring, const std::vector<NodeId>& nodes);

  // Whether this process is a member, as far as the last callback tells.
  bool joined() const { return join_order_.contains(self_); }
  // Whether `process` is in the view made last: messages of others are not of the group.
  bool InView(Process process) const;

 private:
  std::vector<Process> Members() const;
  std::optional<View> Make();

  const Process self_;
  // All members CPG names, and when each joined; 0: before this process did.
  std::map<Process, uint64_t> join_order_;
  uint64_t joins_ = 0;
  bool ring_changing_ = false;
  std::optional<RingId> ring_;
  std::vector<NodeId> ring_nodes_;  // Sorted.
  std::optional<View> last_;
};

}  // namespace peal::ordering::corosync
