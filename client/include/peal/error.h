// What went wrong, as far as a program can act on it.
#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace peal {

// An absl::StatusCode says less: both a daemon that is not there and one without a primary
// component are kUnavailable.
enum class ErrorKind {
  kNone,
  kUnreachable,  // No daemon, or the connection to it is gone.
  kNoPrimary,    // The daemon is there but its node has no primary component.
  kTimedOut,     // The outcome is unknown unless the call says more.
  kInvalid,      // The request is wrong: a limit, a name, a value.
  kBusy,         // Try again: a window or a buffer is full.
  kNotPermitted,
  kNotFound,   // No such class or name.
  kTrimmed,    // History that far back is not there any more.
  kCondition,  // The condition of the request is not met.
  kDataLoss,   // The bytes are wrong.
  kOther,
};

ErrorKind KindOf(const absl::Status& status);

// kUnavailable that KindOf() knows as kUnreachable.
absl::Status UnreachableError(std::string_view message);

}  // namespace peal
