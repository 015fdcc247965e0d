// Between Abseil's statuses, which the code below the client speaks, and those of peal/status.h.
#pragma once

#include "absl/status/status.h"
#include "peal/status.h"

namespace peal::client {

Status FromAbsl(const absl::Status& status);

// kUnreachable and kNoPrimary become the same code.
absl::Status ToAbsl(const Status& status);

}  // namespace peal::client
