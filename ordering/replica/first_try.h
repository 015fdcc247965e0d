// The event that a client had sent before, out of the entry that has it. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/base/client_publish.h"
#include "core/journal/journal.h"

namespace peal::ordering {

// The bytes of the event of `publish`, as its daemon had submitted it; empty: the first of
// `records` does not have it.
std::string FirstTryOf(const ClientPublish& publish, const std::vector<journal::Record>& records);

}  // namespace peal::ordering
