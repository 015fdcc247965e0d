#include "ordering/corosync/view_tracker.h"

#include <algorithm>
#include <utility>

namespace peal::ordering::corosync {

std::optional<View> ViewTracker::OnMembers(const std::vector<Process>& members,
                                           const std::vector<Process>& joined,
                                           MembershipCause cause) {
  for (Process process : joined) {
    join_order_[process] = ++joins_;
  }
  std::map<Process, uint64_t> now;
  for (Process process : members) {
    auto known = join_order_.find(process);
    now[process] = known == join_order_.end() ? 0 : known->second;
  }
  join_order_ = std::move(now);
  if (cause == MembershipCause::kRing) {
    ring_changing_ = true;
  }
  return Make();
}

std::optional<View> ViewTracker::OnRing(RingId ring, const std::vector<NodeId>& nodes) {
  ring_changing_ = false;
  ring_ = ring;
  ring_nodes_ = nodes;
  std::sort(ring_nodes_.begin(), ring_nodes_.end());
  return Make();
}

bool ViewTracker::InView(Process process) const {
  return last_.has_value() &&
         std::binary_search(last_->members.begin(), last_->members.end(), process);
}

std::vector<Process> ViewTracker::Members() const {
  std::map<NodeId, std::pair<uint64_t, Process>> newest;
  for (const auto& [process, order] : join_order_) {
    if (!std::binary_search(ring_nodes_.begin(), ring_nodes_.end(), process.node)) {
      continue;
    }
    const uint64_t rank = process == self_ ? UINT64_MAX : order;
    // Ascending by pid: of two of the same rank the later, higher, one stays.
    auto [place, is_new] = newest.try_emplace(process.node, rank, process);
    if (!is_new && rank >= place->second.first) {
      place->second = {rank, process};
    }
  }
  std::vector<Process> members;
  members.reserve(newest.size());
  for (const auto& [node, entry] : newest) {
    members.push_back(entry.second);
  }
  return members;
}

std::optional<View> ViewTracker::Make() {
  if (!joined() || !ring_.has_value() || ring_changing_) {
    return std::nullopt;
  }
  View view{.ring = *ring_, .members = Members()};
  if (!std::binary_search(view.members.begin(), view.members.end(), self_)) {
    return std::nullopt;
  }
  if (last_ == view) {
    return std::nullopt;
  }
  last_ = view;
  return view;
}

}  // namespace peal::ordering::corosync
