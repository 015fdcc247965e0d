// How a command ends, for scripts.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "peal/status.h"

namespace peal::tool {

enum ExitCode : int {
  kExitOk = 0,
  kExitError = 1,
  kExitUsage = 64,
  kExitBadData = 65,
  kExitNoInput = 66,
  kExitUnreachable = 69,
  kExitIo = 74,
  kExitBusy = 75,
  kExitNotPermitted = 77,
  kExitConfiguration = 78,
  kExitVerification = 104,
  kExitNoSuchName = 105,
  kExitNoPrimary = 106,
  kExitCondition = 108,
  kExitTrimmed = 110,
  kExitTimedOut = 124,
};

ExitCode ExitCodeOf(const Status& status);

// Says `peal: MESSAGE` on stderr.
void Say(std::string_view message);

// Each says `peal: MESSAGE` on stderr and gives the code back.
int Fail(ExitCode code, std::string_view message);
int Fail(const Status& status);
int Fail(const absl::Status& status);

}  // namespace peal::tool
