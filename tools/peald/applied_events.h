// From what the order releases to the events that the server shows.
#pragma once

#include <string>
#include <vector>

#include "core/server/server.h"
#include "ordering/output.h"

namespace peal::daemon {

// The events of one released entry, in the order of their globalseq. Duplicates and marks give
// none.
std::vector<server::AppliedEvent> AppliedEvents(const ordering::Release& release);

}  // namespace peal::daemon
