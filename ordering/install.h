// The install decision: whether this round opens an epoch, which, and on what log. Every member
// computes it from the same states at the same place of the stream; pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "ordering/rules.h"
#include "ordering/state.h"

namespace peal::ordering {

struct Install {
  // Whether the members may order, and know the log to go on from.
  bool primary = false;
  // When not: what is missing, for people.
  std::string reason;

  // The rest only when primary.
  Epoch epoch;        // The new epoch.
  Log::Point base;    // The log to go on from.
  Index committed;    // Known to be committed, within the base log.
  NodeId donor;       // A member that has the base log.
  Voters voters;      // Of the Epoch entry.
  Journals journals;  // Of the members.
  std::vector<proto::ViewMember> members;
  std::set<NodeId> others;  // Members whose log began apart from this one.
  int64_t time_us = 0;      // The Epoch entry's: the latest clock of the members.

  // Present also when not primary, for status.
  uint64_t votes_present = 0;
  uint64_t votes_total = 0;
};

Install DecideInstall(const MemberStates& states, const Rules& rules = {});

// The payload of the Epoch entry, the same bytes on every member.
std::string EncodeEpochRecord(const Install& install);

}  // namespace peal::ordering
