// What a daemon says of itself on the bus.
#pragma once

#include <string>

#include "proto/event.pb.h"

namespace peal::daemon {

// Local: this node is cut off from the primary component, because of `why`, or is in it.
proto::Event IsolatedEvent(bool isolated, const std::string& why);
// Local: corosync has given the node quorum, or taken it.
proto::Event QuorumEvent(bool quorate);

}  // namespace peal::daemon
