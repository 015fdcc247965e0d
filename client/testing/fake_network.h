// Corosync of a fake bus: a ring for each part of a partition, and in it messages in one order.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "client/testing/virtual_time.h"
#include "core/io/loop.h"
#include "ordering/replica/group.h"

namespace peal::testing {

class FakeGroup;

// One thread. All that happens here comes to all whom it reaches at one time, after what was on its
// way before.
class FakeNetwork {
 public:
  // `time` outlives the network.
  FakeNetwork(VirtualTime* time, ordering::Nodelist nodelist)
      : time_(time), nodelist_(std::move(nodelist)) {}

  // From now on only the nodes of one part reach one another; who is in none is off.
  void SetParts(const std::vector<std::set<NodeId>>& parts);

  const ordering::Nodelist& nodelist() const { return nodelist_; }

 private:
  friend class FakeGroup;
  struct Ring {
    ordering::RingId id;
    std::set<NodeId> nodes;
    // Those of its nodes whose daemon has joined.
    std::map<NodeId, FakeGroup*> groups;
  };

  // Of a node that is off: null.
  Ring* RingOf(NodeId node);
  bool IsQuorate(const Ring& ring) const;
  void Connect(FakeGroup* group);
  void Leave(const FakeGroup& group);
  void Send(const FakeGroup& group, std::string message);
  void Deliver(ordering::Process sender, const std::string& message);
  void TellView(const Ring& ring);

  VirtualTime* const time_;
  const ordering::Nodelist nodelist_;
  uint64_t last_ring_ = 0;
  std::vector<Ring> rings_;
  std::map<NodeId, FakeGroup*> groups_;
};

// A daemon's end of it.
class FakeGroup : public ordering::Group {
 public:
  // Both outlive the group.
  FakeGroup(FakeNetwork* network, io::Loop* loop, ordering::Process self)
      : network_(network), loop_(loop), self_(self) {}
  ~FakeGroup() override { network_->Leave(*this); }
  FakeGroup(const FakeGroup&) = delete;
  FakeGroup& operator=(const FakeGroup&) = delete;

  void Start(ordering::GroupSink* sink) override;
  void Multicast(std::string message) override { network_->Send(*this, std::move(message)); }
  size_t backlog_bytes() const override { return 0; }
  void Leave(std::function<void()> done) override;

  ordering::Process self() const { return self_; }
  ordering::GroupSink* sink() const { return sink_; }

 private:
  FakeNetwork* const network_;
  io::Loop* const loop_;
  const ordering::Process self_;
  ordering::GroupSink* sink_ = nullptr;
};

}  // namespace peal::testing
