#include "core/filter/arithmetic.h"

#include <cmath>
#include <limits>
#include <optional>

#include "core/base/check.h"
#include "core/filter/cast.h"

namespace peal::filter {
namespace {

bool OneIsNumber(const Value& left, const Value& right) {
  return TypeOf(left) == Type::kNumber || TypeOf(right) == Type::kNumber;
}

template <class T>
bool Holds(Op op, T left, T right) {
  switch (op) {
    case Op::kLess:
      return left < right;
    case Op::kLessEqual:
      return left <= right;
    case Op::kGreater:
      return left > right;
    case Op::kGreaterEqual:
      return left >= right;
    default:
      PEAL_CHECK(false);
  }
}

template <class T>
ErrorKind Order(Op op, std::optional<T> left, std::optional<T> right, Value* result) {
  *result = left && right && Holds(op, *left, *right);
  return left && right ? ErrorKind::kNone : ErrorKind::kCast;
}

// In 64 bits, where nothing of it overflows. nullopt: divided by zero.
std::optional<int64_t> Compute(Op op, int64_t left, int64_t right) {
  switch (op) {
    case Op::kAdd:
      return left + right;
    case Op::kSubtract:
      return left - right;
    case Op::kMultiply:
      return left * right;
    case Op::kDivide:
      return right == 0 ? std::nullopt : std::optional(left / right);
    case Op::kRemainder:
      return right == 0 ? std::nullopt : std::optional(left % right);
    default:
      PEAL_CHECK(false);
  }
}

double Compute(Op op, double left, double right) {
  switch (op) {
    case Op::kAdd:
      return left + right;
    case Op::kSubtract:
      return left - right;
    case Op::kMultiply:
      return left * right;
    case Op::kDivide:
      return left / right;
    case Op::kRemainder:
      return std::fmod(left, right);
    default:
      PEAL_CHECK(false);
  }
}

ErrorKind SetInteger(std::optional<int64_t> number, Value* result) {
  const bool fits = number && *number >= std::numeric_limits<int32_t>::min() &&
                    *number <= std::numeric_limits<int32_t>::max();
  *result = fits ? static_cast<int32_t>(*number) : 0;
  return fits ? ErrorKind::kNone : ErrorKind::kMath;
}

ErrorKind SetNumber(double number, Value* result) {
  const bool finite = std::isfinite(number);
  *result = finite ? number : 0.0;
  return finite ? ErrorKind::kNone : ErrorKind::kMath;
}

}  // namespace

ErrorKind Equal(const Value& left, const Value& right, Type target, Scratch* scratch, bool* equal) {
  const Type common = OneIsNumber(left, right) ? Type::kNumber : target;
  const std::optional<Value> a = CastTo(common, left, scratch);
  const std::optional<Value> b = CastTo(common, right, scratch);
  *equal = a && b && *a == *b;
  return a && b ? ErrorKind::kNone : ErrorKind::kCast;
}

ErrorKind Compare(Op op, const Value& left, const Value& right, Scratch* scratch, Value* result) {
  if (op == Op::kEqual || op == Op::kNotEqual) {
    bool equal = false;
    const ErrorKind error = Equal(left, right, TypeOf(right), scratch, &equal);
    *result = error == ErrorKind::kNone && equal == (op == Op::kEqual);
    return error;
  }
  if (OneIsNumber(left, right)) {
    return Order(op, ToNumber(left), ToNumber(right), result);
  }
  return Order(op, ToInteger(left), ToInteger(right), result);
}

ErrorKind Calculate(Op op, const Value& left, const Value& right, Value* result) {
  if (OneIsNumber(left, right)) {
    const std::optional<double> a = ToNumber(left);
    const std::optional<double> b = ToNumber(right);
    *result = 0.0;
    return a && b ? SetNumber(Compute(op, *a, *b), result) : ErrorKind::kCast;
  }
  const std::optional<int32_t> a = ToInteger(left);
  const std::optional<int32_t> b = ToInteger(right);
  *result = int32_t{0};
  return a && b ? SetInteger(Compute(op, int64_t{*a}, int64_t{*b}), result) : ErrorKind::kCast;
}

ErrorKind Negate(const Value& value, Value* result) {
  if (TypeOf(value) == Type::kNumber) {
    return SetNumber(-std::get<double>(value), result);
  }
  return Calculate(Op::kSubtract, int32_t{0}, value, result);
}

}  // namespace peal::filter
