// What a fake bus and its clients share: the nodes, what connects them, and the time.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "client/testing/fake_daemon.h"
#include "client/testing/fake_network.h"
#include "client/testing/fake_wire.h"
#include "client/testing/virtual_loop.h"
#include "client/testing/virtual_time.h"
#include "client/unix_socket.h"
#include "core/base/client_publish.h"
#include "peal/client.h"
#include "peal/event.h"
#include "peal/status.h"

namespace peal::testing {

// Ends the program with this line: a test asks for what cannot be.
[[noreturn]] void Refuse(const std::string& why);

// One thread. Shared by the bus and the links of its clients, any of which may be the last.
class FakeCluster : public std::enable_shared_from_this<FakeCluster> {
 public:
  struct Node {
    ordering::ConfiguredNode configured;
    bool up = true;
    FakeDisk disk;
    std::unique_ptr<FakeDaemon> daemon;
    std::chrono::milliseconds delay{0};
    std::list<std::unique_ptr<FakeWire>> wires;
  };

  // What a client asks for: one of the program's, or one of the bus's own, which no fault is for.
  enum class Whose { kProgram, kOwn };

  explicit FakeCluster(const std::vector<std::string>& names);
  ~FakeCluster();
  FakeCluster(const FakeCluster&) = delete;
  FakeCluster& operator=(const FakeCluster&) = delete;

  Result<std::unique_ptr<Client>> Connect(const std::string& name, const ConnectOptions& options,
                                          Whose whose);
  // A stream to the daemon. kUnreachable: there is none.
  Result<client::OwnedFd> Open(Node* node, Whose whose);

  VirtualTime* time() { return &time_; }
  Node* Find(const std::string& name);
  const std::list<Node>& nodes() const { return nodes_; }
  void Start(Node* node);
  void Stop(Node* node);
  // Each node is in one part.
  void SetParts(std::vector<std::set<NodeId>> parts);
  // Tells the network who is up.
  void Rewire();
  // Lets time pass until the daemons agree on who is there, as far as they can.
  void Agree();

  PublishFaults* faults() { return &faults_; }
  const std::vector<Event>& history() const { return history_; }
  void TrimTo(Sequence globalseq);

  // Another one with each call, and the same in each run.
  ClientSession NewSession();

 private:
  bool Agreed() const;
  void OnApplied(const server::EventChunk& events);

  // First to last: each outlives what follows.
  VirtualTime time_;
  VirtualLoop outside_{&time_};
  PublishFaults faults_;
  PublishFaults no_faults_;
  const std::chrono::milliseconds no_delay_{0};
  FakeNetwork network_;
  std::vector<std::set<NodeId>> parts_;
  std::list<Node> nodes_;
  std::vector<Event> history_;
  uint64_t last_session_ = 0;
};

}  // namespace peal::testing
