// How fast a subscriber gets on that is far behind.
#pragma once

#include <cstdint>

#include "peal/client.h"
#include "tools/peal/context.h"

namespace peal::tool {

struct CatchUpOptions {
  Event event;            // Without data:
  size_t data_bytes = 0;  // each gets as many at random.
  uint64_t events = 1;    // So many are published before it begins.
};

struct CatchUpResult {
  uint64_t events = 0;
  double seconds = 0;  // From asking for them until it has the last one.

  double events_per_s() const { return seconds > 0 ? static_cast<double>(events) / seconds : 0; }
};

// Publishes, then subscribes from there on; TimedOut when nothing has come for the context's
// timeout before it has them all. Else the codes of Client.
Result<CatchUpResult> MeasureCatchUp(const Context& context, const CatchUpOptions& options);

}  // namespace peal::tool
