#include "tests/sim/wishes.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace peal::sim {
namespace {

// Keeps the draws apart from those of the run.
constexpr uint64_t kWishesSeed = 0x1d7e5e57;
constexpr int64_t kWishUs = 400'000;
const Interest kNothing{.classes = {}, .types = {}, .narrowed = {"w.*"}};

std::string NameOf(const Node& node) {
  return fmt::format("n{}", node.id());
}

// 0: none.
uint64_t OpenEpoch(Node* node) {
  std::string why;
  if (!node->IsPrimary(&why)) {
    return 0;
  }
  proto::StatusReply status;
  node->replica()->FillStatus(&status);
  return status.epoch();
}

}  // namespace

Wishes::Wishes(uint64_t seed, const World& world, std::vector<std::unique_ptr<Node>>* nodes)
    : world_(world), nodes_(nodes), prng_(seed ^ kWishesSeed) {
  for (const auto& node : *nodes_) {
    node->SetFirstInterest(kNothing);
    node->on_interest_known = [this, each = node.get()] { CheckKnown(each); };
  }
}

void Wishes::Start() {
  for (const auto& node : *nodes_) {
    ChangeLater(node.get());
  }
}

void Wishes::ChangeLater(Node* node) {
  world_.clock->After(prng_.Between(1, kWishUs), [this, node] {
    if (!healing_) {
      Change(node);
      ChangeLater(node);
    }
  });
}

void Wishes::Change(Node* node) {
  Interest interest = kNothing;
  for (const char* const type : {"w.a", "w.b", "w.c"}) {
    if (prng_.Chance(0.5)) {
      interest.types.emplace_back(type);
    }
  }
  if (prng_.Chance(0.3)) {
    interest.classes.emplace_back("c");
  }
  node->SetInterest(interest);
}

void Wishes::CheckKnown(Node* node) {
  const uint64_t epoch = OpenEpoch(node);
  const uint64_t known = node->replica()->known_interest().value();
  if (epoch == 0 || known == 0) {
    return;
  }
  const auto first = node->said().begin() + static_cast<int64_t>(known) - 1;
  for (const auto& other : *nodes_) {
    if (!other->running() || OpenEpoch(other.get()) != epoch) {
      continue;
    }
    const auto heard = other->interests().find(NameOf(*node));
    // What was said since may have been heard as well.
    if (heard == other->interests().end() ||
        std::find(first, node->said().end(), heard->second) == node->said().end()) {
      world_.checker->Violate(
          "interest",
          fmt::format("n{} counts on n{} knowing what it said as number {}, in epoch {}",
                      node->id(), other->id(), known, epoch));
    }
  }
}

void Wishes::CheckEnd() {
  for (const auto& node : *nodes_) {
    const Interest& last = node->said().back();
    for (const auto& other : *nodes_) {
      const auto heard = other->interests().find(NameOf(*node));
      if (heard == other->interests().end() || heard->second != last) {
        world_.checker->Violate("interest", fmt::format("n{} does not know what n{} said last",
                                                        other->id(), node->id()));
      }
    }
    if (node->replica()->known_interest() != node->replica()->told_interest()) {
      world_.checker->Violate("interest",
                              fmt::format("n{} never hears that it is heard", node->id()));
    }
  }
}

}  // namespace peal::sim
