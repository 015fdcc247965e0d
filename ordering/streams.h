// Whether each member's stream of messages is whole. CPG can drop a loaded sender's messages for a
// joiner (corosync.md 3.6), silently. A value; pure.
#pragma once

#include <cstdint>
#include <map>

#include "core/base/ids.h"

namespace peal::ordering {

class Streams {
 public:
  void Reset() { last_.clear(); }
  // From this message on, the sender's stream counts.
  void Anchor(NodeId sender, uint64_t seq) { last_[sender] = seq; }
  // False: messages of an anchored sender are missing before this one.
  bool Take(NodeId sender, uint64_t seq) {
    const auto known = last_.find(sender);
    if (known == last_.end()) {
      return true;
    }
    const bool whole = seq == known->second + 1;
    known->second = seq;
    return whole;
  }

 private:
  std::map<NodeId, uint64_t> last_;
};

}  // namespace peal::ordering
