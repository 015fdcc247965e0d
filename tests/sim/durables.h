// Durable subscribers, as the order sees them: they hold a name, move its place, let it go and
// forget it, at one node and the next. What they draw is theirs: a run without them is the same
// with this code.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/prng.h"
#include "tests/sim/node.h"

namespace peal::sim {

class Durables {
 public:
  // `nodes` outlive them, as does what `world` names.
  Durables(uint64_t seed, const World& world, std::vector<std::unique_ptr<Node>>* nodes);

  void Start();
  // They change nothing any more.
  void Heal() { healing_ = true; }

 private:
  struct Subscriber {
    uint32_t number = 0;
    std::string name;  // Which others have too.
    Node* node = nullptr;
    uint64_t incarnation = 0;
    uint64_t hold = 0;  // 0: it holds nothing, as far as it knows.
  };

  void ActLater(Subscriber* subscriber);
  void Act(Subscriber* subscriber);
  void Hold(Subscriber* subscriber);
  void Change(Subscriber* subscriber, proto::CursorChange::Kind kind);
  proto::Place SomePlace(const Node& node);

  const World world_;
  std::vector<std::unique_ptr<Node>>* const nodes_;
  base::Prng prng_;
  std::vector<std::unique_ptr<Subscriber>> subscribers_;
  std::map<std::pair<uint32_t, uint64_t>, uint64_t> holds_;  // By node and incarnation.
  bool healing_ = false;
};

}  // namespace peal::sim
