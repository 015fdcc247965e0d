// From what the order releases to the events that the server shows.
#pragma once

#include <vector>

#include "core/server/event_chunk.h"
#include "ordering/output.h"

namespace peal::daemon {

// The events of released entries, in the order of their globalseq. Duplicates and marks give none.
// One that cannot be read is left out, with a line in the log: its subscribers get a peal.gap.
server::EventChunk AppliedEvents(const std::vector<ordering::Release>& releases);

}  // namespace peal::daemon
