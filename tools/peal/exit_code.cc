#include "tools/peal/exit_code.h"

#include <cstdio>
#include <string>

#include "client/status_convert.h"
#include "fmt/format.h"

namespace peal::tool {

ExitCode ExitCodeOf(const Status& status) {
  switch (status.kind()) {
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
    case ErrorKind::kAborted:
    case ErrorKind::kOther:
      break;
  }
  return kExitError;
}

void Say(std::string_view message) {
  const std::string line = fmt::format("peal: {}\n", message);
  // Nothing is left to do when stderr is gone too.
  (void)std::fputs(line.c_str(), stderr);
}

int Fail(ExitCode code, std::string_view message) {
  Say(message);
  return code;
}

int Fail(const Status& status) {
  return Fail(ExitCodeOf(status), status.message());
}

int Fail(const absl::Status& status) {
  return Fail(client::FromAbsl(status));
}

}  // namespace peal::tool
