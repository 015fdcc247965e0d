// Which log a round goes on with, where its members have logs that began apart, by two bootstraps.
// Pure.
#pragma once

#include <set>

#include "ordering/state.h"

namespace peal::ordering {

struct OneLog {
  // All members; who has another log than the chosen one is here as one without a log.
  MemberStates states;
  // Members whose other log may be committed: they cannot go on with this one.
  std::set<NodeId> others;
};

// Chosen is, of the logs whose own voters here may order, or else of all, the one with the most
// members; of several that with the newest epoch.
OneLog ChooseLog(const MemberStates& states);

}  // namespace peal::ordering
