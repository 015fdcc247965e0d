// What durable subscriptions come to, by the changes of them that the history has: written a second
// time, from docs/ordering.md, to hold the product against.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/server/order.h"
#include "proto/group.pb.h"

namespace peal::sim {

// A value.
class DurableModel {
 public:
  // The next change of the history, made by a daemon in one of its incarnations, where `sequence`
  // is the highest globalseq before it. False: it comes to nothing.
  bool Take(const std::string& change, uint32_t node, uint64_t incarnation, uint64_t sequence);

  // What is not so of what a daemon says that it has; empty: it all is.
  std::string Differences(const std::vector<server::DurablePlace>& places, uint32_t node,
                          uint64_t incarnation) const;

 private:
  struct Durable {
    uint64_t global = 0;
    std::map<uint64_t, std::pair<uint64_t, uint64_t>> locals;  // By log: number, incarnation.
    uint32_t owner = 0;
    uint32_t node = 0;  // Who holds it; 0: nobody.
    uint64_t incarnation = 0;
    uint64_t hold = 0;
  };

  static void Move(const proto::Place& to, uint64_t sequence, Durable* durable);
  static std::string Text(const Durable& durable, bool held_here);

  std::map<std::string, Durable> durables_;
};

}  // namespace peal::sim
