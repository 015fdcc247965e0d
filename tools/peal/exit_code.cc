#include "tools/peal/exit_code.h"

#include <cstdio>
#include <string>

#include "fmt/format.h"
#include "peal/error.h"

namespace peal::tool {

ExitCode ExitCodeOf(const absl::Status& status) {
  switch (KindOf(status)) {
    case ErrorKind::kNone:
      return kExitOk;
    case ErrorKind::kUnreachable:
      return kExitUnreachable;
    case ErrorKind::kNoPrimary:
      return kExitNoPrimary;
    case ErrorKind::kTimedOut:
      return kExitTimedOut;
    case ErrorKind::kInvalid:
      return kExitBadData;
    case ErrorKind::kBusy:
      return kExitBusy;
    case ErrorKind::kNotPermitted:
      return kExitNotPermitted;
    case ErrorKind::kNotFound:
      return kExitNoSuchName;
    case ErrorKind::kTrimmed:
      return kExitTrimmed;
    case ErrorKind::kCondition:
      return kExitCondition;
    case ErrorKind::kDataLoss:
      return kExitIo;
    case ErrorKind::kOther:
      break;
  }
  return kExitError;
}

int Fail(ExitCode code, std::string_view message) {
  const std::string line = fmt::format("peal: {}\n", message);
  // Nothing is left to do when stderr is gone too.
  (void)std::fputs(line.c_str(), stderr);
  return code;
}

int Fail(const absl::Status& status) {
  return Fail(ExitCodeOf(status), std::string(status.message()));
}

}  // namespace peal::tool
