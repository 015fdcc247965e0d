// A daemon of a fake bus: the real one's server and replica over a network, a disk and a clock in
// memory.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "client/testing/fake_network.h"
#include "client/testing/memory_journal.h"
#include "client/testing/virtual_loop.h"
#include "core/server/local_history.h"
#include "core/server/local_log.h"
#include "core/server/server.h"
#include "ordering/replica/replica.h"

namespace peal::testing {

// What of a node outlives its daemons.
struct FakeDisk {
  MemoryDisk order;
  MemoryDisk local;
  Incarnation incarnation;  // Of the last daemon.
  Sequence trimmed;         // History of the order is not shown up to here.
};

struct FakeDaemonPorts {
  VirtualTime* time = nullptr;
  FakeNetwork* network = nullptr;
  FakeDisk* disk = nullptr;
  // Is told what this node has applied, in order.
  std::function<void(const server::EventChunk&)> on_applied;
};

// One thread. All ports outlive it.
class FakeDaemon : private ordering::ReplicaSink,
                   private server::ProducerDirectory,
                   private server::History {
 public:
  // The next daemon of the node. In a cluster of one it is a bus by itself.
  FakeDaemon(const FakeDaemonPorts& ports, const ordering::ConfiguredNode& node);
  ~FakeDaemon() override = default;
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;

  // A client at the other end of `fd`, which does not block.
  void Serve(io::UniqueFd fd) { server_.Serve(std::move(fd)); }

  // Whether it can publish to the order.
  bool ready() const { return replica_.CanSubmit() && replica_.IsPrimary(&why_); }
  bool primary() const { return replica_.IsPrimary(&why_); }
  Sequence applied() const { return replica_.applied(); }

 private:
  // ReplicaSink: ordering/replica/replica.h.
  void OnNode(const std::string& name) override { server_.SetNode(name); }
  void OnReleases(std::vector<ordering::Release> releases) override;
  void OnReadiness() override { server_.OnOrderReady(); }
  void OnPrimary(bool primary, const std::string& why) override;
  void OnQuorum(bool quorate) override;
  void OnOvertaken(const std::string& why, bool keeps_vote) override;
  void OnInterest(const std::map<std::string, Interest>& /*by_node*/) override {}
  void OnInterestKnown() override { server_.OnInterestKnown(); }

  // ProducerDirectory: core/server/producer_directory.h. Nothing is observed here.
  std::vector<proto::ClassInfo> Classes() const override;
  std::vector<proto::ProducerInfo> Producers() const override { return {}; }

  // History: core/server/history.h.
  Sequence first() const override;
  Sequence PlaceBefore(int64_t time_us) const override;
  void Read(Sequence from, size_t bytes_max, server::History::Callback done) override;

  const FakeDaemonPorts ports_;
  const bool standalone_;
  mutable std::string why_;
  VirtualLoop loop_;
  MemoryJournal order_journal_;
  MemoryJournal local_journal_;
  server::LocalLog local_log_;
  server::LocalHistory local_history_;
  FakeGroup group_;
  ordering::Replica replica_;
  server::Server server_;
};

}  // namespace peal::testing
