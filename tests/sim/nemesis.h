// What goes wrong in a run: a random composition of faults, each of which ends by itself or with
// the healing.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "tests/sim/node.h"

namespace peal::sim {

class Nemesis {
 public:
  // `nodes` outlive the nemesis.
  Nemesis(const World& world, std::vector<std::unique_ptr<Node>>* nodes);

  // From now on faults happen.
  void Start();
  // No more faults; all that ran runs again, together.
  void Heal();
  uint32_t emptied() const { return emptied_; }
  void LosePower(Node* node);

 private:
  using Fault = void (Nemesis::*)(Node*);
  struct Weighted {
    Fault fault;
    uint64_t weight = 0;
  };

  void Schedule();
  void Strike();
  void StrikeWith(Fault fault);
  // Calls `work` after a random time, unless the healing began before.
  void Later(std::function<void()> work);
  // Starts the daemon after some time, and again until it runs.
  void StartLater(Node* node);

  void Partition(Node* node);
  void Reunite(Node* node);
  void Flap(Node* node);
  void CrashDaemon(Node* node);
  void LosePowerOfAll(Node* node);
  void CrashCorosync(Node* node);
  void LoseConnection(Node* node);
  void PauseCorosync(Node* node);
  void PauseDaemon(Node* node);
  void Mute(Node* node);
  void Deafen(Node* node);
  void CutInTheMiddle(Node* node);
  void ThenCut(Node* node, Node* sender);
  void MakeBusy(Node* node);
  void FailDisk(Node* node);
  void FillDisk(Node* node);
  void EmptyDisk(Node* node);
  void RestoreDisk(Node* node);
  void ChangeNodelist(Node* node);
  void AskForVoters(Node* node);
  void ChangeRule(Node* node);

  const World world_;
  std::vector<std::unique_ptr<Node>>* const nodes_;
  std::vector<Weighted> faults_;
  uint64_t weights_ = 0;
  int64_t longest_us_ = 0;
  bool healing_ = false;
  uint32_t emptied_ = 0;
  std::set<Node*> failed_;  // Their journals.
  bool rule_changed_ = false;
};

}  // namespace peal::sim
