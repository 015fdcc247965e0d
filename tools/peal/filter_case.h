// One case of `peal filter test`: an expression and an event, and what the one says of the other.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "core/filter/program.h"

namespace peal::tool {

// `expression` and, both optional, `event` and `eventOverrides`; other members are left alone.
struct FilterCase {
  std::string expression;
  nlohmann::json event;  // An object.
};

// An event that has what every event has.
nlohmann::json AnyEvent();

// One line of a file of cases. An expression that was written as a JSON number or boolean is the
// text of that. InvalidArgument says what is wrong with it.
absl::StatusOr<FilterCase> ParseFilterCase(std::string_view line);

struct FilterOutcome {
  std::string json;  // {"result":…,"error":…}
  // Where nothing could be computed: kParse and kMissingFunction are the expression's own.
  filter::ExpressionError error{filter::ErrorKind::kNone, "", 0};
};

FilterOutcome RunFilterCase(const FilterCase& filter_case);

}  // namespace peal::tool
