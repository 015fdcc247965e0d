// Files by the operating system.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/io/file_ops.h"

namespace peal::io {

// Of `folder`, which is made if absent, readable by its owner and group. Unavailable: it cannot be
// used.
absl::StatusOr<std::unique_ptr<FileOps>> MakePosixFileOps(const std::string& folder);

}  // namespace peal::io
