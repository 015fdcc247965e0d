// The port to the applied global events that memory no longer holds. peald's main sets it.
#pragma once

#include <cstddef>
#include <functional>

#include "absl/status/statusor.h"
#include "core/base/ids.h"
#include "core/server/event_chunk.h"

namespace peal::server {

// Loop thread only.
class History {
 public:
  virtual ~History() = default;

  // Oldest globalseq that is held; 0: none.
  virtual Sequence first() const = 0;

  // An event that is held and not beyond the first one since `time_us` (UTC); 0: none is held. Not
  // far before it, so that reading from there finds it.
  virtual Sequence PlaceBefore(int64_t time_us) const = 0;

  // Reads events from `from`, which has been applied, on: at least one, then while they are below
  // about `bytes_max`. The first ones may be older than `from`. Calls `done` later, never from
  // within. NotFound: it is not held any more. DataLoss: it is damaged here. Unavailable: it cannot
  // be read now.
  using Callback = std::function<void(absl::StatusOr<EventChunk>)>;
  virtual void Read(Sequence from, size_t bytes_max, Callback done) = 0;
};

}  // namespace peal::server
