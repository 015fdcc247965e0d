// One event as one line for people, and as variables for a command.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "peal/event.h"

namespace peal::tool {

// globalseq or "local", time (UTC), node, type, subject, attributes, the beginning of the data:
// aligned as far as the usual lengths go, in printable characters, without a line feed.
std::string EventLine(const Event& event, bool color);

// PEAL_TYPE, PEAL_NODE, …: every field that the event has, but the data, in the forms of JSON; an
// attribute `k` is PEAL_ATTR_K, so that it cannot pass for a field.
std::vector<std::pair<std::string, std::string>> EventVariables(const Event& event);

}  // namespace peal::tool
