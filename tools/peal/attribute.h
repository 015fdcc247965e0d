// An attribute as the command line gives it: k=v.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "peal/event.h"

namespace peal::tool {

// The value's form gives the type, numbers as JSON writes them: `3` int, `3.5` double, `true` and
// `false` bool, `'text'` or anything else string. A number with leading zeros or without a digit on
// both sides of its point is a string. kFailedPrecondition: it is not k=v at all; kInvalidArgument:
// the name, or a number that does not fit.
absl::StatusOr<std::pair<std::string, AttributeValue>> ParseAttribute(std::string_view text);

// The other way, so that it can be read back: 3, 3.5, true, text, 'tr ue', '3'.
std::string FormatAttributeValue(const AttributeValue& value);

}  // namespace peal::tool
