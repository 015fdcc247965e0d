#include "client/testing/fake_network.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace peal::testing {

using std::chrono::microseconds;

FakeNetwork::Ring* FakeNetwork::RingOf(NodeId node) {
  const auto found = std::find_if(rings_.begin(), rings_.end(),
                                  [node](const Ring& ring) { return ring.nodes.contains(node); });
  return found == rings_.end() ? nullptr : &*found;
}

bool FakeNetwork::IsQuorate(const Ring& ring) const {
  return 2 * ring.nodes.size() > nodelist_.nodes.size();
}

void FakeNetwork::SetParts(const std::vector<std::set<NodeId>>& parts) {
  time_->After(microseconds(0), [this, parts] {
    const std::vector<Ring> before = std::exchange(rings_, {});
    for (const std::set<NodeId>& part : parts) {
      const auto same = std::find_if(before.begin(), before.end(),
                                     [&part](const Ring& ring) { return ring.nodes == part; });
      if (same != before.end()) {
        rings_.push_back(*same);
        continue;
      }
      Ring ring{.id = {*part.begin(), ++last_ring_}, .nodes = part, .groups = {}};
      for (const auto& [node, group] : groups_) {
        if (part.contains(node)) {
          ring.groups.emplace(node, group);
        }
      }
      rings_.push_back(std::move(ring));
      TellView(rings_.back());
    }
  });
}

// The word of the quorum first: it is of this ring already.
void FakeNetwork::TellView(const Ring& ring) {
  std::vector<ordering::Process> members;
  for (const auto& [node, group] : ring.groups) {
    members.push_back(group->self());
  }
  for (const auto& [node, group] : ring.groups) {
    group->sink()->OnQuorum(IsQuorate(ring), ring.id);
    group->sink()->OnView(ring.id, members);
  }
}

void FakeNetwork::Connect(FakeGroup* group) {
  Ring* const ring = RingOf(group->self().node);
  PEAL_CHECK(ring != nullptr);
  group->sink()->OnConnected(group->self(), nodelist_);
  groups_[group->self().node] = group;
  ring->groups[group->self().node] = group;
  TellView(*ring);
}

void FakeNetwork::Leave(const FakeGroup& group) {
  const NodeId node = group.self().node;
  const auto known = groups_.find(node);
  if (known == groups_.end() || known->second != &group) {
    return;
  }
  groups_.erase(known);
  for (Ring& ring : rings_) {
    ring.groups.erase(node);
  }
  time_->After(microseconds(0), [this, node] {
    if (const Ring* const ring = RingOf(node)) {
      TellView(*ring);
    }
  });
}

void FakeNetwork::Send(const FakeGroup& group, std::string message) {
  time_->After(microseconds(0), [this, sender = group.self(), message = std::move(message)] {
    Deliver(sender, message);
  });
}

void FakeNetwork::Deliver(ordering::Process sender, const std::string& message) {
  const Ring* const ring = RingOf(sender.node);
  const auto from = groups_.find(sender.node);
  if (ring == nullptr || from == groups_.end() || from->second->self() != sender) {
    return;  // It has gone meanwhile.
  }
  for (const auto& [node, group] : ring->groups) {
    group->sink()->OnMessage(sender, message);
  }
}

void FakeGroup::Start(ordering::GroupSink* sink) {
  sink_ = sink;
  loop_->Post([this] { network_->Connect(this); });
}

void FakeGroup::Leave(std::function<void()> done) {
  network_->Leave(*this);
  loop_->Post(std::move(done));
}

}  // namespace peal::testing
