// What the nodes' subscribers want of the whole cluster, as it changes; and whether the nodes hear
// of it. What it draws is its own: a run without it is the same with this code.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/prng.h"
#include "tests/sim/node.h"

namespace peal::sim {

class Wishes {
 public:
  // `nodes` outlive it, as does what `world` names.
  Wishes(uint64_t seed, const World& world, std::vector<std::unique_ptr<Node>>* nodes);

  // From now on wishes change.
  void Start();
  // Nothing changes any more.
  void Heal() { healing_ = true; }
  // When all is healed: every node knows what every node said last.
  void CheckEnd();

 private:
  void ChangeLater(Node* node);
  void Change(Node* node);
  // Who orders with the node has what it was told is known.
  void CheckKnown(Node* node);

  const World world_;
  std::vector<std::unique_ptr<Node>>* const nodes_;
  base::Prng prng_;
  bool healing_ = false;
};

}  // namespace peal::sim
