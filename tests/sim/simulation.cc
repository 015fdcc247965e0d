#include "tests/sim/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <vector>

#include "tests/sim/clients.h"
#include "tests/sim/durables.h"
#include "tests/sim/nemesis.h"
#include "tests/sim/segmented_disk.h"
#include "tests/sim/sim_journal.h"
#include "tests/sim/wishes.h"

namespace peal::sim {
namespace {

constexpr uint64_t kChaosStepsMax = 6'000;
constexpr int64_t kWatchUs = 50'000;
// Rounds back off up to 16 s; it takes a few to heal.
constexpr int64_t kHealUs = 150'000'000;

class Simulation {
 public:
  Simulation(uint64_t seed, const RunOptions& options, Stats* stats)
      : options_(options),
        stats_(stats),
        prng_(seed),
        profile_(MakeProfile()),
        trace_(options.trace, &clock_),
        network_(profile_, &clock_, &prng_, stats, &trace_),
        checker_(stats, profile_.segmented),
        world_{&profile_, &options_.rules, &clock_, &prng_,    stats_,
               &network_, &checker_,       &trace_, &unknown_, &tails_} {
    for (uint32_t id = 1; id <= options_.nodes; ++id) {
      nodes_.push_back(std::make_unique<Node>(id, world_, MakeDisk(id)));
    }
    nemesis_ = std::make_unique<Nemesis>(world_, &nodes_);
    network_.on_fence = [this](uint32_t id) {
      if (!healing_) {
        nemesis_->LosePower(nodes_[id - 1].get());
      }
    };
    if (options_.interest) {
      wishes_ = std::make_unique<Wishes>(seed, world_, &nodes_);
    }
    if (options_.clients) {
      clients_ = std::make_unique<Clients>(seed, world_, &nodes_);
    }
    if (options_.durables) {
      durables_ = std::make_unique<Durables>(seed, world_, &nodes_);
    }
  }

  RunResult Run() {
    for (const auto& node : nodes_) {
      network_.StartHost(node->id());
      clock_.After(prng_.Between(0, 20'000), [&node] {
        if (!node->running()) {
          node->Start();
        }
      });
      LoadLater(node.get());
    }
    if (clients_ != nullptr) {
      clients_->Start();
    }
    if (durables_ != nullptr) {
      durables_->Start();
    }
    if (wishes_ != nullptr) {
      wishes_->Start();
    }
    clock_.After(kWatchUs, [this] { Watch(); });
    clock_.After(prng_.Between(0, 500'000), [this] { nemesis_->Start(); });
    while (checker_.ok() && clock_.now_us() < profile_.chaos_us &&
           clock_.steps() < kChaosStepsMax) {
      clock_.RunNext();
    }
    Heal();
    stats_->Add(Count::kSteps, clock_.steps());
    stats_->Add(Count::kVirtualSeconds, static_cast<uint64_t>(clock_.now_us()) / 1'000'000);
    return {checker_.violation(),
            fmt::format("{} {} {}", clock_.steps(), clock_.now_us(), checker_.digest())};
  }

 private:
  std::unique_ptr<Disk> MakeDisk(uint32_t id) {
    if (profile_.segmented) {
      return std::make_unique<SegmentedDisk>(id, profile_, &clock_, &prng_, stats_);
    }
    return std::make_unique<SimDisk>(id, profile_, &prng_, stats_);
  }

  Profile MakeProfile() {
    Profile profile = DrawProfile(options_.nodes, &prng_);
    profile.restore_disks = options_.restore_disks;
    profile.torn_batches = options_.tear_batches ? 0.02 : 0;
    profile.empty_keeps_id = options_.empty_keeps_id;
    profile.change_voters = options_.change_voters;
    profile.corosync_decides = options_.corosync_decides;
    if (profile.change_voters || profile.corosync_decides) {
      profile.emptied_max = 0;  // Of fewer voters not even one may lose its disk.
    }
    if (profile.restore_disks) {
      profile.segmented = false;
    }
    if (profile.empty_keeps_id) {
      profile.emptied_max = (options_.nodes - 1) / 2;
    }
    return profile;
  }

  void LoadLater(Node* node) {
    clock_.After(prng_.Between(0, 2 * profile_.submit_us), [this, node] {
      if (!healing_) {
        node->Load();
        LoadLater(node);
      }
    });
  }

  void Watch() {
    for (const auto& node : nodes_) {
      node->Watch();
    }
    clock_.After(kWatchUs, [this] { Watch(); });
  }

  bool Converged() const {
    if (clients_ != nullptr && clients_->unanswered() > 0) {
      return false;
    }
    return std::all_of(nodes_.begin(), nodes_.end(), [this](const auto& node) {
      return node->IsPrimary(nullptr) && node->pending() == 0 &&
             node->replica()->applied().value() == checker_.sequence();
    });
  }

  void HealAll() {
    healing_ = true;
    nemesis_->Heal();
    if (clients_ != nullptr) {
      clients_->Heal();
    }
    if (durables_ != nullptr) {
      durables_->Heal();
    }
    if (wishes_ != nullptr) {
      wishes_->Heal();
    }
  }

  void Heal() {
    if (!checker_.ok()) {
      return;
    }
    HealAll();
    const int64_t start_us = clock_.now_us();
    bool published = false;
    bool converged = false;
    int64_t next_look_us = 0;
    while (checker_.ok() && !converged && clock_.now_us() < start_us + kHealUs) {
      clock_.RunNext();
      if (clock_.now_us() < next_look_us) {
        continue;
      }
      next_look_us = clock_.now_us() + kWatchUs / 2;
      if (!Converged()) {
        continue;
      }
      converged = published;
      if (!published) {
        published = true;
        for (const auto& node : nodes_) {
          node->Publish("", false);
        }
      }
    }
    stats_->Add(Count::kHealTicks, static_cast<uint64_t>(clock_.now_us() - start_us) /
                                       (uint64_t{1000} * ordering::Machine::kTickMs));
    if (converged) {
      CheckAgreed();
    } else {
      NotConverged();
    }
    checker_.OnEnd();
  }

  // What all nodes have alike now, beside the history.
  void CheckAgreed() {
    for (const auto& node : nodes_) {
      checker_.OnDurables(node->id(), node->incarnation(), node->replica()->Durables());
    }
    if (wishes_ != nullptr) {
      wishes_->CheckEnd();
    }
  }

  void NotConverged() {
    std::string text = fmt::format("not healed after {} s, at globalseq {};", kHealUs / 1'000'000,
                                   checker_.sequence());
    if (clients_ != nullptr) {
      text += fmt::format(" clients wait for {} answers;", clients_->unanswered());
    }
    bool blocked = false;
    for (const auto& node : nodes_) {
      std::string why;
      node->IsPrimary(&why);
      blocked = blocked || why.find("two versions") != std::string::npos;
      text += fmt::format(" n{}: {} unanswered, applied {}, '{}';", node->id(), node->pending(),
                          node->replica()->applied().value(), why);
    }
    if (blocked && nemesis_->emptied() > 0) {
      // The only witness of two versions has lost its disk: nobody can ever tell.
      stats_->Add(Count::kExcusedByAmbiguity);
      return;
    }
    checker_.Violate("progress", text);
  }

  const RunOptions options_;
  Stats* const stats_;
  base::Prng prng_;
  const Profile profile_;
  Clock clock_;
  const Trace trace_;
  Network network_;
  Checker checker_;
  std::deque<std::string> unknown_;
  TailWatch tails_;
  const World world_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::unique_ptr<Nemesis> nemesis_;
  std::unique_ptr<Clients> clients_;
  std::unique_ptr<Durables> durables_;
  std::unique_ptr<Wishes> wishes_;
  bool healing_ = false;
};

}  // namespace

RunResult Run(uint64_t seed, const RunOptions& options, Stats* stats) {
  return Simulation(seed, options, stats).Run();
}

}  // namespace peal::sim
