// Machines over a group in memory: views, partitions, crashes and restarts, under the test's
// control. Deterministic, single-threaded. It stands in for corosync in unit tests of the machine
// only.
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

#include "ordering/machine.h"

namespace peal::testing {

// Long enough for a round to be given up and for what follows from it.
inline constexpr uint32_t kPatience = 4 * ordering::Machine::kRoundTicks;

class FakeCluster {
 public:
  // Nodes 1 to `nodes`, all in the nodelist, are up; those after them, up to `later`, are neither
  // until they are restarted and the nodelist has them.
  explicit FakeCluster(uint32_t nodes, uint32_t later = 0);

  // Of these nodes, as everybody reads it from now on; with `only`, as only those do.
  void SetNodelist(const std::vector<ordering::ConfiguredNode>& nodelist);
  void SetNodelist(uint32_t only, const std::vector<ordering::ConfiguredNode>& nodelist);
  void SetWish(uint32_t node, const std::optional<ordering::VoterWish>& wish);

  // Sets who can talk to whom; those not named are down or alone as they were. Every part gets a
  // view.
  void Partition(const std::vector<std::set<uint32_t>>& parts);
  void Heal();
  // The daemon dies, with its memory; the others get a view without it.
  void Crash(uint32_t node);
  // It comes back with a new incarnation and an empty journal of a new id.
  void Restart(uint32_t node);
  // The same, with the incarnation that it had: what a folder put back from a copy makes of it.
  void RestartAsOlderCopy(uint32_t node);
  // The connection to corosync breaks; the daemon lives on, with its journal.
  void LoseGroup(uint32_t node);
  // Its journal forgets what the node has applied.
  void ForgetHistory(uint32_t node);
  // Delivers nothing to the node until Resume(): its messages wait, in order, as corosync keeps
  // them.
  void Pause(uint32_t node);
  void Resume(uint32_t node);

  // Its journal asks `donor` for what it has after this place, up to `upto`.
  void WantHistory(uint32_t node, uint32_t donor, const ordering::Position& after, uint64_t upto);
  // What came of that.
  const std::vector<ordering::HistoryCame>& came(uint32_t node) const {
    return nodes_.at(node)->came;
  }

  uint64_t Publish(uint32_t node, const std::string& text, const std::string& key = "");
  // Delivers and syncs until nothing is on its way.
  void Settle();
  void Tick(uint32_t ticks);
  // Delivers only this many messages of the part that the node is in.
  void DeliverSome(uint32_t node, size_t messages);
  // Messages may be dropped on their way to one receiver, to tear a stream. Null: none are.
  std::function<bool(uint32_t receiver, const proto::Envelope&)> drop;
  // Delivers a message that `drop` kept back to the sender's part as it is now, after what is on
  // its way: late, in whatever view that is.
  void DeliverLate(uint32_t sender, const proto::Envelope& message);

  const std::vector<ordering::Entry>& journal(uint32_t node) const {
    return nodes_.at(node)->journal;
  }
  // What the node's subscribers have seen: "seq:text", views as "seq:view a,b after a (2 events)".
  const std::vector<std::string>& history(uint32_t node) const { return nodes_.at(node)->history; }
  // Only the events, without their sequences.
  std::vector<std::string> events(uint32_t node) const;
  ordering::Machine& machine(uint32_t node) { return *nodes_.at(node)->machine; }
  const std::vector<std::string>& notices(uint32_t node) const { return nodes_.at(node)->notices; }
  // globalseq answered for a publish's token; 0: not yet.
  uint64_t answer(uint32_t node, uint64_t token) const;
  // Whether the node was told that nobody can tell what became of it.
  bool unknown(uint32_t node, uint64_t token) const {
    return nodes_.at(node)->unknown.contains(token);
  }
  std::string why(uint32_t node) const;
  void SetInterest(uint32_t node, const Interest& interest);
  // What the node knows of everybody's, by node.
  const std::map<NodeId, Interest>& interests(uint32_t node) const {
    return nodes_.at(node)->interests;
  }

 private:
  struct Message {
    ordering::Process sender;
    std::string bytes;
  };
  // What one receiver is given, in order: messages and views.
  struct Event {
    std::function<void()> deliver;
    bool message = false;
  };
  struct Node {
    uint32_t id = 0;
    uint32_t pid = 0;
    uint64_t incarnation = 0;
    bool up = false;
    bool connected = false;
    bool paused = false;
    std::unique_ptr<ordering::Machine> machine;
    std::vector<ordering::Entry> journal;
    uint64_t forgotten = 0;  // Its entries up to this index are not held any more.
    uint64_t ticket = 0;
    uint64_t synced = 0;
    std::deque<Event> inbox;
    std::vector<std::string> history;
    std::vector<std::string> notices;
    std::vector<ordering::HistoryCame> came;
    std::map<uint64_t, uint64_t> answers;
    std::set<uint64_t> unknown;
    std::map<uint64_t, std::string> texts;
    uint64_t last_token = 0;
    std::map<NodeId, Interest> interests;
  };

  void Start(Node* node);
  void Step(Node* node, const ordering::Input& input);
  void Execute(Node* node, std::vector<ordering::Output>* outputs);
  void Do(Node* node, ordering::Multicast& output);
  void Do(Node* node, ordering::AppendEntry& output);
  void Do(Node* node, ordering::TruncateLog& output);
  void Do(Node* node, ordering::StorePromise& output);
  void Do(Node* node, ordering::ReadLog& output);
  void Do(Node* node, ordering::HistoryCame& output);
  void Do(Node* node, ordering::ReadSnapshot& output);
  void Do(Node* node, ordering::InstallSnapshot& output);
  void Do(Node* node, ordering::OutcomeUnknown& output);
  void Do(Node* node, ordering::Release& output);
  void Do(Node* node, ordering::InterestChanged& output);
  void Do(Node* node, ordering::Notice& output);
  void Do(Node* node, ordering::Halt& output);
  void SendView(const std::set<uint32_t>& part);
  std::set<uint32_t>& PartOf(uint32_t node);
  void Enqueue(Node* receiver, const Node& sender, const std::string& bytes);
  bool DeliverOne(Node* node);

  std::map<uint32_t, std::unique_ptr<Node>> nodes_;
  std::vector<ordering::ConfiguredNode> nodelist_;
  std::vector<std::set<uint32_t>> parts_;
  uint64_t ring_seq_ = 0;
  uint32_t last_pid_ = 100;
};

}  // namespace peal::testing
