// A local event as its node keeps it. Values.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "core/base/ids.h"
#include "core/journal/journal.h"

namespace peal::server {

// A local event's place among all local events that its node has shown since it began its local
// journal, through all incarnations: dense, from 1. 0: none.
using LocalNumber = Id<struct LocalNumberTag, uint64_t>;

// Where a local event stands. Neither ever goes back from one event to the next.
struct LocalPlace {
  LocalNumber number;
  // Highest globalseq that was shown before it.
  Sequence after_global;
};

struct LocalEvent {
  LocalPlace place;
  std::string encoded;  // proto::Event
};

// A record's payload (docs/journal_format.md), and back. DataLoss: it is none of a local event.
std::string ToPayload(const LocalEvent& event);
absl::StatusOr<LocalEvent> LocalEventOf(const journal::Record& record);

// The summary of a checkpoint that stands after the event at `place`.
std::string ToSummary(const LocalPlace& place);
// The last event that a journal holds. DataLoss: it is no journal of local events.
absl::StatusOr<LocalPlace> LastPlaceOf(const journal::Recovered& recovered);

}  // namespace peal::server
