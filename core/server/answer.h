// How a publish or a barrier ended. A value.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "core/base/ids.h"

namespace peal::server {

struct Answer {
  absl::Status status;
  bool submitted = false;  // After an error: the event may still appear.
  bool stopping = false;   // Not taken, since the daemon ends: to be sent again to the next one.
  Sequence globalseq;      // As Outcome::sequence. A barrier: what this node had applied.
  LocalSequence sequence;  // 0: the event got none.
  Epoch epoch;
  std::string id;
  std::string node;  // Of its origin, when that is known not to be this node as it is now.
  bool duplicate = false;
  bool unasked =
      false;  // Nobody wants events of its type: it is not in the order, and never will be.
};
using AnswerCallback = std::function<void(const Answer&)>;

}  // namespace peal::server
