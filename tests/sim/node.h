// A simulated node: its disk, and the daemon on it while that runs: a whole replica with its
// publishers.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ordering/replica/replica.h"
#include "tests/sim/checker.h"
#include "tests/sim/disk.h"
#include "tests/sim/network.h"
#include "tests/sim/sim_group.h"
#include "tests/sim/sim_loop.h"

namespace peal::sim {

// Sees the states of each round, for statistics: whether their tails contradict each other.
class TailWatch {
 public:
  // True: this state is the first of its round that contradicts another.
  bool Contradicts(const proto::Envelope& envelope);

 private:
  struct Round {
    bool contradicted = false;
    // By the log's epoch and the index: the chain.
    std::map<std::pair<uint64_t, uint64_t>, std::string> chains;
  };
  std::map<std::pair<uint64_t, uint32_t>, Round> rounds_;
};

// What all nodes of a run share; all outlive them.
struct World {
  const Profile* profile = nullptr;
  const ordering::Rules* rules = nullptr;
  Clock* clock = nullptr;
  base::Prng* prng = nullptr;
  Stats* stats = nullptr;
  Network* network = nullptr;
  Checker* checker = nullptr;
  const Trace* trace = nullptr;
  // Events whose outcome their publisher will never hear of, to be published again elsewhere.
  std::deque<std::string>* unknown = nullptr;
  TailWatch* tails = nullptr;
};

class Node : public ordering::ReplicaSink {
 public:
  Node(uint32_t id, const World& world, std::unique_ptr<Disk> disk);
  ~Node() override;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // Does nothing when the disk cannot be read now: whoever starts daemons tries again.
  void Start();
  void Crash(bool power_loss);
  bool running() const { return replica_ != nullptr; }
  void Pause();
  void Resume();
  bool paused() const { return loop_ != nullptr && loop_->paused(); }
  Disk* disk() { return disk_.get(); }
  ordering::Replica* replica() const { return replica_.get(); }
  uint32_t id() const { return id_; }

  // What its corosync is configured with: by ids, and their votes.
  void SetNodelist(const std::map<uint32_t, uint32_t>& nodes);
  // ordering.quorum of the daemon, from its next start on.
  void SetRule(ordering::QuorumRule rule) { rule_ = rule; }
  // An operator at this node asks for it.
  void ChangeVoters(proto::ClusterRequest::Action action, uint32_t node);
  // Publishes something, if it can.
  void Load();
  // Publishes one event.
  void Publish(const std::string& id, bool dedup);
  // One try of a client's publish, which is called `once` in all of its tries. `id`: the client's
  // own for the event, or empty. Whether it is submitted; then `done` is called unless the daemon
  // ends.
  bool PublishNumbered(const ClientPublish& publish, const std::string& once, const std::string& id,
                       server::OutcomeCallback done);
  bool CanChangeDurables() const;
  void ChangeDurable(const proto::CursorChange& change);
  uint64_t incarnation() const { return incarnation_; }
  bool IsPrimary(std::string* why) const;
  size_t pending() const { return pending_.size(); }
  // Notes for the statistics where the protocol is.
  void Watch();

  void OnNode(const std::string& /*name*/) override {}
  void OnReleases(std::vector<ordering::Release> releases) override;
  void OnReadiness() override {}
  void OnPrimary(bool /*primary*/, const std::string& /*why*/) override {}
  void OnQuorum(bool /*quorate*/) override {}
  void OnOvertaken(const std::string& why, bool keeps_vote) override;
  void OnInterest(const std::map<std::string, Interest>& by_node) override { interests_ = by_node; }
  void OnInterestKnown() override { on_interest_known(); }
  // What its daemon wants from its next start on, before it is in the group.
  void SetFirstInterest(const Interest& interest) { first_interest_ = interest; }
  // What its subscribers want from now on.
  void SetInterest(const Interest& interest);
  // What it has said of that since its daemon was started, oldest first; as many as
  // Order::told_interest() counts.
  const std::vector<Interest>& said() const { return said_; }
  // What it knows of everybody's, by node.
  const std::map<std::string, Interest>& interests() const { return interests_; }
  // Called when more of its interest is known where it counts.
  std::function<void()> on_interest_known = [] {};

 private:
  void OnSend(const std::string& bytes);
  void AskForBarrier();
  std::string NextToken();
  void Submit(const std::string& token, const proto::Event& event,
              const server::SubmitOptions& options, server::OutcomeCallback done);

  const uint32_t id_;
  const World world_;
  const int64_t skew_us_;
  const std::unique_ptr<Disk> disk_;
  ordering::Nodelist nodelist_;
  ordering::QuorumRule rule_ = ordering::QuorumRule::kMajority;
  uint64_t incarnation_ = 0;
  uint32_t pid_ = 0;
  std::unique_ptr<SimLoop> loop_;
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<SimGroup> group_;
  std::unique_ptr<ordering::Replica> replica_;
  uint64_t submitted_ = 0;                      // By this incarnation.
  std::map<std::string, std::string> pending_;  // Token to id, when that is to be unique.
  uint64_t last_batch_ = 0;
  std::optional<Interest> first_interest_;
  std::vector<Interest> said_;
  std::map<std::string, Interest> interests_;
  std::string last_why_;
};

}  // namespace peal::sim
