// Corosync on every node, as a model: Totem rings that agree on an order, holes at receivers, the
// transitional tail at a change of ring, and what the closed process group tells of it.
// What it models is told, with its sources, in docs/corosync.md; the numbers of sections below are
// those of that page.
//
// A host is a node's corosync. The hosts of a ring take turns as the token visits them (1.2): the
// visited host sends what it has queued, at the next places of the ring's order, and delivers its
// own messages whether or not anybody else has got them. A receiver delivers up to its first hole.
// At a change of ring (1.4) the hosts that come from one old ring share what they have of it,
// deliver to the first hole, then beyond it only what their own number sent; then comes the view.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/prng.h"
#include "ordering/types.h"
#include "tests/sim/clock.h"
#include "tests/sim/profile.h"
#include "tests/sim/stats.h"
#include "tests/sim/trace.h"

namespace peal::sim {

using Bytes = std::shared_ptr<const std::string>;

struct Quorum {
  bool quorate = false;
  ordering::RingId ring;
};

// What a host tells the process that is attached to it: corosync's sockets, before anything is
// read from them.
class HostSink {
 public:
  virtual ~HostSink() = default;
  virtual void OnHostView(ordering::RingId ring, std::vector<ordering::Process> members) = 0;
  virtual void OnHostMessage(ordering::Process sender, const Bytes& bytes) = 0;
  virtual void OnHostQuorum(Quorum quorum) = 0;
  // Corosync is gone, or the connection to it.
  virtual void OnHostLost() = 0;
};

class Network {
 public:
  // All outlive the network.
  Network(const Profile& profile, Clock* clock, base::Prng* prng, Stats* stats, const Trace* trace);

  // A process.
  // Not while corosync has still to tell the group of an older leave of this very process (5.1).
  bool CanConnect(uint32_t node, uint32_t pid) const;
  // Queues the process's joining. At most one process a host.
  void Join(uint32_t node, HostSink* sink, uint32_t pid);
  // The process is gone, or its connection: the group hears of it in the order of the ring.
  void Leave(uint32_t node);
  // False: try again.
  bool Send(uint32_t node, const Bytes& bytes);
  std::optional<Quorum> quorum(uint32_t node) const { return hosts_.at(node).quorum; }
  uint32_t NextPid() { return ++last_pid_; }

  // The nemesis.
  void SetParts(const std::map<uint32_t, int>& part_of);
  void CrashHost(uint32_t node);
  void StartHost(uint32_t node);
  void PauseHost(uint32_t node);
  void ResumeHost(uint32_t node);
  void LoseConnection(uint32_t node);
  // The host's ring forms anew, with the same members or by way of others.
  void Flap(uint32_t node);
  // What the host sends, nobody hears.
  void SetMute(uint32_t node, bool mute) { hosts_.at(node).mute = mute; }
  // What `sender` sends, the host does not hear; 0: it hears all again.
  void SetDeaf(uint32_t node, uint32_t sender) { hosts_.at(node).deaf_to = sender; }
  void SetBusy(uint32_t node, int64_t until_us) { hosts_.at(node).busy_until_us = until_us; }
  bool host_up(uint32_t node) const { return hosts_.at(node).up; }
  bool host_paused(uint32_t node) const { return hosts_.at(node).paused; }
  // From now on nothing is lost or late.
  void Calm();
  // The node is cut off from those whom corosync lets go on, and is to lose its power.
  std::function<void(uint32_t node)> on_fence;

  // A test's own script, in place of the token's visits and the forming of rings by themselves.
  void SetManual() { manual_ = true; }
  void VisitNow(uint32_t node, const std::set<uint32_t>& receivers);
  void FormNow(const std::set<uint32_t>& nodes);

 private:
  // What corosync takes of a sender before it says try again.
  static constexpr size_t kQueueMax = 48;
  static constexpr size_t kVisitMax = 6;

  enum class Kind : uint8_t { kMessage, kJoin, kLeave };
  struct Packet {
    Kind kind = Kind::kMessage;
    uint32_t node = 0;
    uint32_t pid = 0;
    Bytes bytes;
    uint64_t queued_in = 0;  // The ring it was queued in.
  };
  struct Ring {
    ordering::RingId id;
    uint64_t number = 0;
    std::vector<uint32_t> nodes;
    std::vector<Packet> order;
    std::map<uint32_t, uint32_t> joinlist;
    bool flowing = false;
    bool quorate = false;
    bool aborted = false;
    bool visiting = false;
    size_t token_at = 0;
  };
  struct Host {
    uint32_t node = 0;
    bool up = true;
    uint64_t life = 0;  // Counts the starts of this corosync.
    bool paused = false;
    bool mute = false;
    uint32_t deaf_to = 0;
    int part = 0;
    int64_t busy_until_us = 0;
    std::shared_ptr<Ring> ring;
    bool active = false;  // The group was told of this ring here.
    std::vector<uint8_t> have;
    size_t next = 0;
    std::deque<Packet> queue;  // At most kQueueMax messages.
    std::map<uint32_t, uint32_t> members;
    std::map<uint32_t, uint32_t> torn;  // By sender: messages still to be lost.
    std::optional<Quorum> quorum;
    int64_t quorum_at_us = 0;
    HostSink* process = nullptr;
    uint32_t pid = 0;
    uint32_t joined_pid = 0;  // The host has delivered its joining.
    uint32_t dead_pid = 0;
    uint32_t leaving_pid = 0;  // The host has not delivered its leaving.
    std::vector<uint32_t> told_nodes;
  };

  bool Reachable(const Host& a, const Host& b) const;
  bool InRing(const Host& host, const std::shared_ptr<Ring>& ring) const;

  // The token (network.cc).
  bool HasWork(const Ring& ring) const;
  void Wake(const std::shared_ptr<Ring>& ring);
  void Visit(const std::shared_ptr<Ring>& ring);
  void PassToken(const std::shared_ptr<Ring>& ring, const Host& from);
  void QueueFirst(Host* host, Packet packet);
  void VisitHost(Host* host);
  void Retransmit(Host* host);
  void Originate(Host* host, size_t max);
  void Place(Host* host, Packet packet, const std::set<uint32_t>* receivers);
  void Deliver(Host* host);
  void HandOver(Host* host, const Packet& packet);
  void TellView(Host* host);

  // The rings (rings.cc).
  void ReformLater(int part, int64_t delay_us);
  void ReformAll();
  void Reform(int part);
  void Form(const std::set<uint32_t>& nodes, bool aborted);
  void Recover(const std::vector<Host*>& group);
  void DeliverTail(Host* host, const std::set<uint32_t>& survivors,
                   const std::vector<uint8_t>& all);
  std::shared_ptr<Ring> NewRing(const std::set<uint32_t>& nodes);
  void Tear(Host* joiner, const std::map<uint32_t, uint64_t>& old_rings);
  void Activate(uint32_t node, const std::shared_ptr<Ring>& ring);
  void SendQuorum(Host* host);
  bool IsQuorate(const std::vector<uint32_t>& nodes);
  void StartFlowing(const std::shared_ptr<Ring>& ring);

  const Profile profile_;
  Clock* const clock_;
  base::Prng* const prng_;
  Stats* const stats_;
  const Trace* const trace_;
  bool calm_ = false;
  bool manual_ = false;
  std::map<uint32_t, Host> hosts_;
  std::vector<uint32_t> went_on_;  // With corosync_decides: the last ring that was quorate.
  uint64_t ring_seq_ = 0;
  uint64_t ring_number_ = 0;
  uint32_t last_pid_ = 100;
};

}  // namespace peal::sim
