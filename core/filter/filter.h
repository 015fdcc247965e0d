// A condition that an event meets or does not: a CESQL expression that comes to TRUE.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "core/filter/encoded_event.h"
#include "core/filter/evaluator.h"
#include "core/filter/program.h"

namespace peal::filter {

// InvalidArgument says what is wrong and shows where: also a function that is not there, and an
// expression that never comes to a Boolean, which no event would pass.
absl::StatusOr<Program> ParseFilter(std::string_view expression);

// Looks at events for filters. One thread at a time; one serves all filters of a thread.
class Matcher {
 public:
  // `encoded` is a proto::Event. What is an error, or no Boolean, does not pass (CESQL 1.0, 1.2).
  bool Passes(const Program& filter, std::string_view encoded) {
    return event_.Read(encoded) && evaluator_.Passes(filter, event_);
  }

 private:
  EncodedEvent event_;
  Evaluator evaluator_;
};

}  // namespace peal::filter
