// Finds the place in the order where a time begins.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/statusor.h"
#include "core/base/ids.h"
#include "core/server/history.h"

namespace peal::server {

// The first event of the order up to `applied` whose time is `time_us` or later, as its origin's
// clock had it; the one after `applied` if there is none. What is not held any more is passed over.
// Calls `done` later or at once. DataLoss, Unavailable: as History::Read(), which `history`
// outlives.
void FindSince(History* history, int64_t time_us, Sequence applied,
               std::function<void(absl::StatusOr<Sequence>)> done);

}  // namespace peal::server
