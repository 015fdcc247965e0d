// How far a log has the batches of each origin: the dedup and continuity rules. A value; pure.
#pragma once

#include <map>

#include "core/base/ids.h"

namespace peal::ordering {

// A batch, by its origin and number.
struct BatchId {
  NodeId node;
  Incarnation incarnation;
  BatchNumber number;
  auto operator<=>(const BatchId&) const = default;
};

class Origins {
 public:
  enum class Verdict {
    kNext,       // Take it.
    kDuplicate,  // The log has it: ignore it.
    kGap,        // A batch before it is missing: ignore it, its origin sends again.
  };

  // An incarnation that is not the last known one is a new one, whichever number it has: a node
  // whose disk is new does not know how far its incarnations were. What is late of one that has
  // ended is of an epoch that has ended, and does not come here.
  Verdict Judge(const BatchId& batch) const {
    const BatchNumber last = Last(batch.node, batch.incarnation);
    if (batch.number <= last) {
      return Verdict::kDuplicate;
    }
    return batch.number == last.Next() ? Verdict::kNext : Verdict::kGap;
  }

  void Take(const BatchId& batch) { last_[batch.node] = batch; }

  // The last number the log has of this incarnation of the node; 0: none.
  BatchNumber Last(NodeId node, Incarnation incarnation) const {
    const auto known = last_.find(node);
    return known != last_.end() && known->second.incarnation == incarnation ? known->second.number
                                                                            : BatchNumber(0);
  }

  const std::map<NodeId, BatchId>& all() const { return last_; }
  bool operator==(const Origins&) const = default;

 private:
  std::map<NodeId, BatchId> last_;
};

}  // namespace peal::ordering
