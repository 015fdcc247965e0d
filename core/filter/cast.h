// Casts between the types of an expression (CESQL 1.0, 3.7).
//
// To Number, which CESQL does not have: text is a decimal number as the language writes them, with
// a sign and without an exponent or with one. From Number: to an Integer by cutting off what is
// behind the point, if that fits; to a Boolean as from an Integer; to text in the fewest digits
// that read back as the same Number.
#pragma once

#include <optional>
#include <string_view>

#include "core/filter/scratch.h"
#include "core/filter/value.h"

namespace peal::filter {

// nullopt: it cannot be cast.
std::optional<bool> ToBoolean(const Value& value);
std::optional<int32_t> ToInteger(const Value& value);
std::optional<double> ToNumber(const Value& value);
// Always possible, but for want of room in `scratch`.
std::optional<std::string_view> ToText(const Value& value, Scratch* scratch);

std::optional<Value> CastTo(Type type, const Value& value, Scratch* scratch);

}  // namespace peal::filter
