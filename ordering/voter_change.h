// How the voters of a log change: one node at a time, so that the majorities of before and after
// overlap, and by an Epoch entry, which both majorities have to agree to. Pure.
#pragma once

#include <optional>

#include "ordering/state.h"
#include "ordering/voters.h"

namespace peal::ordering {

// The voters after the one change that is due, as all members compute it from the states of a
// round; none when none is due. Due are, in this order, what an operator wishes; the vote of a node
// whose journal is new (the amnesia rule's way back); and what corosync's nodelist says, where all
// members have the same. A node gets its vote only when it is here with the whole log, which its
// state shows by `log_epoch`. What would leave no majority among those who are here is not due.
std::optional<VoterConfig> NextVoters(const VoterConfig& now, const MemberStates& states,
                                      Epoch log_epoch);

// Whether the voters are what the wish asks for.
bool IsMet(const VoterWish& wish, const VoterConfig& voters);

}  // namespace peal::ordering
