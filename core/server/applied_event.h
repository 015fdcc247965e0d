// A global event as the order hands it over, and as subscribers get it. Values.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "core/base/ids.h"

namespace peal::server {

// A global event that this node has applied.
struct AppliedEvent {
  Sequence globalseq;
  Epoch epoch;
  // proto::Event, complete but for `globalseq` and `epoch`; best with room for them
  // (base::kOrderStampsBytesMax).
  std::string encoded;
};

struct GlobalEvent {
  Sequence globalseq;
  std::string type;
  std::string encoded;  // proto::Event, complete.
};

// DataLoss: it is no event.
absl::StatusOr<GlobalEvent> Stamped(AppliedEvent applied);

}  // namespace peal::server
