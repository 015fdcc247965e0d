#include "tests/sim/nemesis.h"

#include <utility>

namespace peal::sim {
namespace {

constexpr int kStartsMax = 4;

}  // namespace

Nemesis::Nemesis(const World& world, std::vector<std::unique_ptr<Node>>* nodes)
    : world_(world), nodes_(nodes) {
  constexpr std::array<uint64_t, 5> kWeights = {0, 1, 3, 10, 30};
  constexpr std::array<int64_t, 3> kLongestUs = {50'000, 500'000, 4'000'000};
  for (const Fault fault :
       {&Nemesis::Partition, &Nemesis::Reunite, &Nemesis::Flap, &Nemesis::CrashDaemon,
        &Nemesis::LosePower, &Nemesis::CrashCorosync, &Nemesis::LoseConnection,
        &Nemesis::PauseCorosync, &Nemesis::PauseDaemon, &Nemesis::Mute, &Nemesis::Deafen,
        &Nemesis::CutInTheMiddle, &Nemesis::MakeBusy, &Nemesis::FailDisk, &Nemesis::FillDisk}) {
    faults_.push_back({fault, world_.prng->Pick(kWeights)});
  }
  faults_.push_back({&Nemesis::LosePowerOfAll, world_.prng->Below(3)});
  faults_.push_back({&Nemesis::EmptyDisk, world_.profile->emptied_max > 0 ? 5U : 0U});
  faults_.push_back({&Nemesis::RestoreDisk, world_.profile->restore_disks ? 5U : 0U});
  if (world_.profile->corosync_decides && world_.prng->Chance(0.3)) {
    faults_.push_back({&Nemesis::ChangeRule, 10});
  }
  if (world_.profile->change_voters) {
    faults_.push_back({&Nemesis::ChangeNodelist, 10});
    faults_.push_back({&Nemesis::AskForVoters, 10});
  } else if (world_.prng->Chance(0.3)) {
    // A run of one kind: the hazard that is rarest by chance, again and again.
    for (Weighted& each : faults_) {
      each.weight = each.fault == &Nemesis::CutInTheMiddle ? 10 : each.weight == 30 ? 1 : 0;
    }
  }
  for (const Weighted& each : faults_) {
    weights_ += each.weight;
  }
  longest_us_ = world_.prng->Pick(kLongestUs);
}

void Nemesis::Start() {
  if (weights_ > 0) {
    Schedule();
  }
}

void Nemesis::Schedule() {
  world_.clock->After(world_.prng->Between(1, 2 * world_.profile->fault_us), [this] {
    if (!healing_) {
      Strike();
      Schedule();
    }
  });
}

void Nemesis::Strike() {
  uint64_t at = world_.prng->Below(weights_);
  for (const Weighted& each : faults_) {
    if (at < each.weight) {
      StrikeWith(each.fault);
      return;
    }
    at -= each.weight;
  }
}

void Nemesis::StrikeWith(Fault fault) {
  Node* const node = world_.prng->Pick(*nodes_).get();
  if (!world_.prng->Chance(world_.profile->burst)) {
    (this->*fault)(node);
    return;
  }
  for (const auto& each : *nodes_) {
    each->Load();
  }
  // In the middle of what follows from it.
  const int64_t soon = 6 * world_.profile->visit_us + world_.profile->fsync_us;
  world_.clock->After(world_.prng->Between(0, soon), [this, fault, node] {
    if (!healing_) {
      (this->*fault)(node);
    }
  });
}

void Nemesis::Later(std::function<void()> work) {
  // Short times as often as long ones.
  int64_t longest = longest_us_;
  while (longest > 1'000 && world_.prng->Chance(0.4)) {
    longest /= 4;
  }
  world_.clock->After(world_.prng->Between(1, longest), [this, work = std::move(work)] {
    if (!healing_) {
      work();
    }
  });
}

void Nemesis::StartLater(Node* node) {
  Later([this, node] {
    if (!node->running()) {
      node->Start();
    }
    if (!node->running()) {
      StartLater(node);
    }
  });
}

void Nemesis::Partition(Node* /*node*/) {
  world_.stats->Add(Count::kPartitions);
  const bool alone = world_.prng->Chance(0.3);
  std::map<uint32_t, int> parts;
  for (const auto& each : *nodes_) {
    parts[each->id()] =
        alone ? static_cast<int>(each->id())
              : static_cast<int>(world_.prng->Below(world_.prng->Chance(0.7) ? 2 : 3));
  }
  for (const auto& [id, part] : parts) {
    world_.trace->Tell("n{} is in part {}", id, part);
  }
  world_.network->SetParts(parts);
}

void Nemesis::Reunite(Node* /*node*/) {
  world_.stats->Add(Count::kHeals);
  std::map<uint32_t, int> parts;
  for (const auto& each : *nodes_) {
    parts[each->id()] = 0;
  }
  world_.network->SetParts(parts);
}

void Nemesis::Flap(Node* node) {
  world_.stats->Add(Count::kFlaps);
  world_.network->Flap(node->id());
}

void Nemesis::CrashDaemon(Node* node) {
  if (node->running()) {
    world_.stats->Add(Count::kProcessCrashes);
    node->Crash(false);
    StartLater(node);
  }
}

void Nemesis::LosePower(Node* node) {
  world_.stats->Add(Count::kPowerLosses);
  node->Crash(true);
  world_.network->CrashHost(node->id());
  Later([this, node] {
    if (!world_.network->host_up(node->id())) {
      world_.network->StartHost(node->id());
    }
    StartLater(node);
  });
}

void Nemesis::LosePowerOfAll(Node* /*node*/) {
  world_.stats->Add(Count::kPowerLossOfAll);
  for (const auto& each : *nodes_) {
    LosePower(each.get());
  }
}

void Nemesis::CrashCorosync(Node* node) {
  world_.stats->Add(Count::kCorosyncCrashes);
  world_.network->CrashHost(node->id());
  Later([this, node] {
    if (!world_.network->host_up(node->id())) {
      world_.network->StartHost(node->id());
    }
  });
}

void Nemesis::LoseConnection(Node* node) {
  world_.stats->Add(Count::kConnectionsLost);
  world_.network->LoseConnection(node->id());
}

void Nemesis::PauseCorosync(Node* node) {
  if (world_.network->host_up(node->id()) && !world_.network->host_paused(node->id())) {
    world_.stats->Add(Count::kCorosyncPauses);
    world_.network->PauseHost(node->id());
    Later([this, node] { world_.network->ResumeHost(node->id()); });
  }
}

void Nemesis::PauseDaemon(Node* node) {
  if (node->running() && !node->paused()) {
    world_.stats->Add(Count::kDaemonPauses);
    node->Pause();
    Later([node] { node->Resume(); });
  }
}

void Nemesis::Mute(Node* node) {
  world_.stats->Add(Count::kEgressLosses);
  world_.network->SetMute(node->id(), true);
  Later([this, node] {
    const uint64_t end = world_.prng->Below(3);
    if (end == 0) {
      Partition(node);
    } else if (end == 1) {
      LosePower(node);
    }
    world_.network->SetMute(node->id(), false);
  });
}

void Nemesis::Deafen(Node* node) {
  world_.stats->Add(Count::kDeafnesses);
  world_.network->SetDeaf(node->id(), world_.prng->Pick(*nodes_)->id());
  Later([this, node] {
    if (world_.prng->Chance(0.7)) {
      Partition(node);
    }
    // It stays deaf until the ring has changed.
    world_.clock->After(2 * world_.profile->token_timeout_us,
                        [this, node] { world_.network->SetDeaf(node->id(), 0); });
  });
}

// The hazard that the echo, confirm and ambiguity rules are there for: a node misses a message, all
// go on for a moment, then everybody is alone, and some meet again without those who know.
void Nemesis::CutInTheMiddle(Node* node) {
  Node* const sender = world_.prng->Pick(*nodes_).get();
  if (sender == node) {
    return;
  }
  world_.stats->Add(Count::kCutsInTheMiddle);
  world_.network->SetDeaf(node->id(), sender->id());
  const uint64_t loads = 1 + world_.prng->Below(3);
  for (uint64_t i = 0; i < loads; ++i) {
    for (const auto& each : *nodes_) {
      if (world_.prng->Chance(0.7)) {
        each->Load();
      }
    }
  }
  const int64_t soon = 12 * world_.profile->visit_us + 2 * world_.profile->fsync_us;
  world_.clock->After(world_.prng->Between(0, soon), [this, node, sender] {
    if (!healing_) {
      ThenCut(node, sender);
    }
  });
}

void Nemesis::ThenCut(Node* node, Node* sender) {
  std::map<uint32_t, int> parts;
  for (const auto& each : *nodes_) {
    parts[each->id()] = static_cast<int>(each->id());
    if (world_.prng->Chance(0.3)) {
      each->Crash(true);
      StartLater(each.get());
    }
  }
  world_.network->SetParts(parts);
  world_.clock->After(2 * world_.profile->token_timeout_us, [this, node, sender, parts] {
    world_.network->SetDeaf(node->id(), 0);
    if (healing_) {
      return;
    }
    std::map<uint32_t, int> meet = parts;
    for (auto& [id, part] : meet) {
      part = id == sender->id() || world_.prng->Chance(0.2) ? part : 0;
    }
    world_.network->SetParts(meet);
  });
}

void Nemesis::MakeBusy(Node* node) {
  world_.stats->Add(Count::kBusy);
  world_.network->SetBusy(node->id(),
                          world_.clock->now_us() + world_.prng->Between(1'000, longest_us_));
}

// A daemon whose journal has failed takes no part until somebody starts it anew.
void Nemesis::FailDisk(Node* node) {
  world_.stats->Add(Count::kDiskFailures);
  node->disk()->Fail();
  failed_.insert(node);
  Later([this, node] {
    failed_.erase(node);
    node->Crash(world_.prng->Chance(0.5));
    StartLater(node);
  });
}

void Nemesis::FillDisk(Node* node) {
  world_.stats->Add(Count::kFullDisks);
  node->disk()->SetFull(true);
  Later([node] { node->disk()->SetFull(false); });
}

void Nemesis::EmptyDisk(Node* node) {
  if (emptied_ < world_.profile->emptied_max && node->disk()->Holds()) {
    ++emptied_;
    world_.stats->Add(Count::kEmptiedDisks);
    node->Crash(true);
    node->disk()->Empty(world_.profile->empty_keeps_id);
    StartLater(node);
  }
}

void Nemesis::RestoreDisk(Node* node) {
  if (world_.prng->Chance(0.5)) {
    node->disk()->Save();
    return;
  }
  node->Crash(true);
  if (node->disk()->Restore()) {
    world_.stats->Add(Count::kRestoredDisks);
  }
  StartLater(node);
}

// A majority of all nodes stays in it, so that no two nodelists are of strangers. The nodes read it
// one after the other.
void Nemesis::ChangeNodelist(Node* node) {
  world_.stats->Add(Count::kNodelistChanges);
  std::map<uint32_t, uint32_t> nodelist;
  size_t removable = (nodes_->size() - 1) / 2;
  for (const auto& each : *nodes_) {
    if (removable > 0 && world_.prng->Chance(0.4)) {
      --removable;
      continue;
    }
    nodelist[each->id()] = world_.prng->Chance(0.8) ? 1 : 2;
  }
  node->SetNodelist(nodelist);
  for (const auto& each : *nodes_) {
    Later([other = each.get(), nodelist] { other->SetNodelist(nodelist); });
  }
}

// All are configured alike; each takes it at its next start.
void Nemesis::ChangeRule(Node* /*node*/) {
  world_.stats->Add(Count::kRuleChanges);
  rule_changed_ = true;
  const ordering::QuorumRule rule =
      world_.prng->Chance(0.5) ? ordering::QuorumRule::kMajority : ordering::QuorumRule::kCorosync;
  for (const auto& each : *nodes_) {
    each->SetRule(rule);
  }
}

void Nemesis::AskForVoters(Node* node) {
  node->ChangeVoters(
      world_.prng->Chance(0.5) ? proto::ClusterRequest::FORGET : proto::ClusterRequest::ADMIT,
      world_.prng->Pick(*nodes_)->id());
}

void Nemesis::Heal() {
  healing_ = true;
  world_.trace->Tell("healing");
  world_.network->Calm();
  for (const auto& node : *nodes_) {
    if (!world_.network->host_up(node->id())) {
      world_.network->StartHost(node->id());
    }
    world_.network->ResumeHost(node->id());
    node->disk()->SetFull(false);
    node->Resume();
    if (world_.profile->change_voters) {
      std::map<uint32_t, uint32_t> all;
      for (const auto& each : *nodes_) {
        all[each->id()] = 1;
      }
      node->SetNodelist(all);
    }
    if (rule_changed_) {
      node->SetRule(ordering::QuorumRule::kCorosync);
    }
    if (failed_.contains(node.get()) || rule_changed_) {
      node->Crash(false);
    }
    // What a failing disk has still in store comes out in the first tries.
    for (int tries = 0; !node->running() && tries < kStartsMax; ++tries) {
      node->Start();
    }
  }
  Reunite(nullptr);
}

}  // namespace peal::sim
