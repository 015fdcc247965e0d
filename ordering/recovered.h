// What a node's journal held when its daemon started: where the machine goes on. A value.
#pragma once

#include <vector>

#include "ordering/entry.h"
#include "ordering/types.h"
#include "proto/group.pb.h"

namespace peal::ordering {

// A new journal: all empty.
struct Recovered {
  proto::Snapshot snapshot;    // The log's beginning, as far as it is held.
  std::vector<Entry> entries;  // What follows it.
  Epoch promised;
  Epoch log_epoch;
  // At least so far; entries beyond `confirmed` are ambiguous.
  Index confirmed;
  Index committed;
};

}  // namespace peal::ordering
