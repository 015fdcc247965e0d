#include "core/filter/value.h"

#include <array>
#include <limits>

namespace peal::filter {

Value WholeNumber(int64_t number) {
  const bool fits = number >= std::numeric_limits<int32_t>::min() &&
                    number <= std::numeric_limits<int32_t>::max();
  return fits ? Value(static_cast<int32_t>(number)) : Value(static_cast<double>(number));
}

Value WholeNumber(uint64_t number) {
  const bool fits = number <= uint64_t{std::numeric_limits<int32_t>::max()};
  return fits ? Value(static_cast<int32_t>(number)) : Value(static_cast<double>(number));
}

std::string_view TypeName(Type type) {
  constexpr std::array<std::string_view, 4> kNames = {"Boolean", "Integer", "Number", "String"};
  return kNames[static_cast<size_t>(type)];
}

std::string_view ErrorName(ErrorKind kind) {
  constexpr std::array<std::string_view, 8> kNames = {
      "",
      "parse",
      "math",
      "cast",
      "missingAttribute",
      "missingFunction",
      "functionEvaluation",
      "generic",
  };
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace peal::filter
