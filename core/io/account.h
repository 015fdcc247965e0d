// The system's users and groups, by name.
#pragma once

#include <sys/types.h>

#include <string>

#include "absl/status/statusor.h"

namespace peal::io {

// NotFound when there is none of this name; Unavailable when the system cannot tell. Both may ask a
// directory service, and wait for it. From any thread.
absl::StatusOr<uid_t> FindUser(const std::string& name);
absl::StatusOr<gid_t> FindGroup(const std::string& name);

}  // namespace peal::io
