// Corosync's error codes as text and as Status.
#pragma once

#include <corosync/corotypes.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace peal::ordering::corosync {

// What a code means to an operator, with its number: "corosync is not running (CS_ERR_LIBRARY, 2)".
std::string CsErrorText(cs_error_t error);

// Ok for CS_OK; else `what` and the text, as
//   Unavailable        no daemon, or the connection to it broke
//   ResourceExhausted  try again, out of memory or queue space
//   PermissionDenied   corosync's uidgid does not name this user
//   NotFound, AlreadyExists, InvalidArgument
//   Internal           anything else.
absl::Status CsStatus(cs_error_t error, std::string_view what);

}  // namespace peal::ordering::corosync
