#include "tests/sim/durables.h"

#include <fmt/format.h>

namespace peal::sim {
namespace {

// Keeps the draws apart from those of the run.
constexpr uint64_t kDurablesSeed = 0xd07ab1e5;
constexpr int64_t kDurableUs = 100'000;
constexpr uint32_t kSubscribers = 5;
constexpr uint32_t kNames = 3;
constexpr uint32_t kOwners = 3;  // Of whom the first is root.

}  // namespace

Durables::Durables(uint64_t seed, const World& world, std::vector<std::unique_ptr<Node>>* nodes)
    : world_(world), nodes_(nodes), prng_(seed ^ kDurablesSeed) {
  for (uint32_t number = 1; number <= kSubscribers; ++number) {
    subscribers_.push_back(std::make_unique<Subscriber>());
    subscribers_.back()->number = number;
    subscribers_.back()->name = fmt::format("durable.{}", number % kNames);
  }
}

void Durables::Start() {
  for (const auto& subscriber : subscribers_) {
    ActLater(subscriber.get());
  }
}

void Durables::ActLater(Subscriber* subscriber) {
  world_.clock->After(prng_.Between(1, kDurableUs), [this, subscriber] {
    if (!healing_) {
      Act(subscriber);
      ActLater(subscriber);
    }
  });
}

void Durables::Act(Subscriber* subscriber) {
  const bool broken = subscriber->node == nullptr || !subscriber->node->running() ||
                      subscriber->node->incarnation() != subscriber->incarnation;
  if (broken || subscriber->hold == 0 || prng_.Chance(0.05)) {
    Hold(subscriber);
  } else if (prng_.Chance(0.03)) {
    Change(subscriber, proto::CursorChange::REMOVE);
  } else if (prng_.Chance(0.1)) {
    Change(subscriber, proto::CursorChange::RELEASE);
    subscriber->hold = 0;
  } else {
    Change(subscriber, proto::CursorChange::MOVE);
  }
}

void Durables::Hold(Subscriber* subscriber) {
  Node* const node = prng_.Pick(*nodes_).get();
  if (!node->CanChangeDurables()) {
    return;
  }
  subscriber->node = node;
  subscriber->incarnation = node->incarnation();
  subscriber->hold = ++holds_[{node->id(), node->incarnation()}];
  Change(subscriber, proto::CursorChange::HOLD);
}

void Durables::Change(Subscriber* subscriber, proto::CursorChange::Kind kind) {
  if (!subscriber->node->CanChangeDurables()) {
    return;
  }
  proto::CursorChange change;
  change.set_name(subscriber->name);
  change.set_kind(kind);
  // Now and then it is mistaken in that.
  const bool mistaken = kind != proto::CursorChange::HOLD && prng_.Chance(0.05);
  change.set_hold(mistaken ? prng_.Below(5) : subscriber->hold);
  change.set_owner(subscriber->number % kOwners);
  if (kind != proto::CursorChange::HOLD || prng_.Chance(0.5)) {
    *change.mutable_place() = SomePlace(*subscriber->node);
  }
  subscriber->node->ChangeDurable(change);
}

// Near the end of the order, and also beyond it.
proto::Place Durables::SomePlace(const Node& node) {
  proto::Place place;
  const uint64_t applied = node.replica()->applied().value();
  place.set_global(applied - prng_.Below(applied + 1) / 4 + prng_.Below(3));
  proto::LocalPlace* const local = place.add_locals();
  local->set_log(1 + prng_.Below(4));
  local->set_number(prng_.Below(100));
  local->set_incarnation(node.incarnation());
  return place;
}

}  // namespace peal::sim
