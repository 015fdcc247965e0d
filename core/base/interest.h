// What the subscribers of one daemon want of the whole cluster. A value.
#pragma once

#include <string>
#include <vector>

#include "core/base/ids.h"

namespace peal {

// Counts what one daemon has said of its interest, within its incarnation. 0: nothing yet.
using InterestNumber = Id<struct InterestNumberTag, uint64_t>;

struct Interest {
  std::vector<std::string> classes;  // Of producers, by name.
  // Type globs, both. Of the types that match one of `narrowed` the daemon wants those that match
  // one of `types`; of all others it wants every one.
  std::vector<std::string> types;
  std::vector<std::string> narrowed;
  bool operator==(const Interest&) const = default;
};

}  // namespace peal
