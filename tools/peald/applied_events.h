// From what the order releases to the events that the server shows.
#pragma once

#include <string>
#include <vector>

#include "core/server/applied_event.h"
#include "ordering/output.h"

namespace peal::daemon {

// The events of released entries, in the order of their globalseq. Duplicates and marks give none.
std::vector<server::AppliedEvent> AppliedEvents(const std::vector<ordering::Release>& releases);

}  // namespace peal::daemon
