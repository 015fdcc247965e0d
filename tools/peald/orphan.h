// A log that was ordered apart from the cluster's, where corosync let it: kept whole, and
// announced.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace peal::daemon {

// Moves the journal in `data_dir`, which nobody uses any more, to a folder of its own under
// `data_dir`/orphaned, durably, and tells which. Unavailable: the text says why.
absl::StatusOr<std::string> SetAsideOrphan(const std::string& data_dir);

}  // namespace peal::daemon
