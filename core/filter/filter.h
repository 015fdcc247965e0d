// A condition that an event meets or does not: a CESQL expression that comes to TRUE.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "core/filter/program.h"

namespace peal::filter {

// InvalidArgument says what is wrong and shows where: also a function that is not there, and an
// expression that never comes to a Boolean, which no event would pass.
absl::StatusOr<Program> ParseFilter(std::string_view expression);

}  // namespace peal::filter
