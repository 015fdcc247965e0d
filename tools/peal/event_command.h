// Runs a command for an event.
#pragma once

#include <string>
#include <vector>

#include "peal/event.h"
#include "tools/peal/stop_signals.h"

namespace peal::tool {

// Runs `command` (found by PATH) with the event's PEAL_* variables, PEAL_SOCKET, and the event as
// JSON on its standard input, and waits for its end. Nothing of the event is on its command line. A
// stop signal is passed on to it once as SIGTERM. Gives its exit code; 128 + N when signal N ended
// it; 127 or 126 when it was not found or cannot be run, as shells do, after saying why.
int RunEventCommand(const std::vector<std::string>& command, const Event& event,
                    const std::string& socket_path, const StopSignals& stop);

}  // namespace peal::tool
