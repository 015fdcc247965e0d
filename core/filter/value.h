// What an expression computes with: CESQL 1.0's three types, and Number.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

namespace peal::filter {

// In the order of Value's alternatives.
enum class Type : uint8_t { kBoolean, kInteger, kNumber, kString };

// Text is owned by the program, the event or the scratch memory it was made in.
using Value = std::variant<bool, int32_t, double, std::string_view>;

inline Type TypeOf(const Value& value) {
  return static_cast<Type>(value.index());
}

// What stands for a value that could not be computed (CESQL 1.0, 3.1).
inline Value ZeroOf(Type type) {
  switch (type) {
    case Type::kBoolean:
      return false;
    case Type::kInteger:
      return int32_t{0};
    case Type::kNumber:
      return 0.0;
    case Type::kString:
      return std::string_view();
  }
  return false;
}

// An Integer, or a Number where 32 bits are too few. Beyond 2^53 the nearest double.
Value WholeNumber(int64_t number);
Value WholeNumber(uint64_t number);

// "Integer", as error texts say it.
std::string_view TypeName(Type type);

// The errors of CESQL 1.0, 3.3, in the words of its conformance kit.
enum class ErrorKind : uint8_t {
  kNone,
  kParse,
  kMath,
  kCast,
  kMissingAttribute,
  kMissingFunction,
  kFunctionEvaluation,
  kGeneric,
};

// "missingAttribute"; empty for kNone.
std::string_view ErrorName(ErrorKind kind);

}  // namespace peal::filter
