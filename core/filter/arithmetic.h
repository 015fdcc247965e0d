// Operators between two values: comparison and arithmetic, with the casts that CESQL 1.0, 3.7 asks
// for. Where one side is a Number, both become one; else comparison for equality goes by the right
// side's type, and everything else by Integers.
#pragma once

#include "core/filter/program.h"
#include "core/filter/scratch.h"
#include "core/filter/value.h"

namespace peal::filter {

// `left` and `right` as `target` says, or as Numbers when one of them is one. An error: kCast.
ErrorKind Equal(const Value& left, const Value& right, Type target, Scratch* scratch, bool* equal);

// kEqual .. kGreaterEqual.
ErrorKind Compare(Op op, const Value& left, const Value& right, Scratch* scratch, Value* result);

// kAdd .. kRemainder. kMath: a division by zero, or what no Integer or finite Number can hold.
ErrorKind Calculate(Op op, const Value& left, const Value& right, Value* result);

ErrorKind Negate(const Value& value, Value* result);

}  // namespace peal::filter
