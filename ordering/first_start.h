// How a log begins. Pure.
#pragma once

#include <string>

#include "ordering/state.h"
#include "ordering/voters.h"

namespace peal::ordering {

struct FirstStart {
  VoterConfig voters;
  std::string reason;  // What is missing, for people; else empty.
};

// Nobody has a log. It begins when everybody whom corosync knows is here, or by an operator's word.
FirstStart DecideFirstStart(const MemberStates& states);

// Of the log that begins with these voters.
std::string LogIdOf(const VoterConfig& first);

}  // namespace peal::ordering
