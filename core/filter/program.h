// An expression, read: instructions for a stack machine, in the order in which they run.
//
//   instruction        takes  leaves             operand
//   kConstant              0  its value          index into constants
//   kAttribute             0  its value          index into names
//   kExists                0  Boolean            index into names
//   kNot .. kRemainder   1/2  its result
//   kXor                   2  Boolean
//   kLike, kNotLike        1  Boolean            index into patterns
//   kAnd, kOr              1  nothing, or when the left side decides that, and jumps    where to
//   kBoolean               1  Boolean: the right side of AND and OR
//   kIn, kNotIn            1  of x and an element: x, or when they are equal a Boolean, and jumps
//   kInEnd, kNotInEnd      1  Boolean: x was equal to none
//   kCall                  n  its result         index into calls
//   kNoFunction            n  nothing: an error
//
// An error ends the run, and what the expression then comes to is the zero value of its type. The
// last instruction's own value counts if the error is its own (CESQL 1.0, 3.3 and 4.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/filter/attributes.h"
#include "core/filter/function.h"
#include "core/filter/like.h"
#include "core/filter/value.h"

namespace peal::filter {

enum class Op : uint8_t {
  kConstant,
  kAttribute,
  kExists,
  kNot,
  kNegate,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kRemainder,
  kXor,
  kLike,
  kNotLike,
  kAnd,
  kOr,
  kBoolean,
  kIn,
  kNotIn,
  kInEnd,
  kNotInEnd,
  kCall,
  kNoFunction,
};

struct Instruction {
  Op op;
  uint32_t operand = 0;
};

struct Call {
  const Function* function = nullptr;
  uint32_t argument_count = 0;
};

// What is wrong with an expression before any event is there.
struct ExpressionError {
  ErrorKind kind = ErrorKind::kParse;
  std::string message;  // What is wrong, in a line.
  size_t offset = 0;    // Where, in bytes of the expression.
};

// Can be moved, not copied: its constants are views of its own texts.
class Program {
 public:
  static constexpr size_t kExpressionBytesMax = size_t{64} << 10;
  // Parentheses, calls and signs within each other.
  static constexpr size_t kDepthMax = 100;
  // Values that wait for others.
  static constexpr size_t kStackMax = 256;

  // `expression` need not outlive it. A function that is not there is an error when it is called,
  // not here: missing_function(). On failure `error` says why.
  static std::optional<Program> Parse(std::string_view expression, ExpressionError* error);

  Program(Program&&) = default;
  Program& operator=(Program&&) = default;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() = default;

  // The first call of a function that is not there.
  const std::optional<ExpressionError>& missing_function() const { return missing_function_; }

  // What it comes to; nullopt: that depends on an attribute's type.
  std::optional<Type> result_type() const;

  const std::vector<Instruction>& code() const { return code_; }
  const Value& constant(uint32_t index) const { return constants_[index]; }
  const AttributeName& name(uint32_t index) const { return names_[index]; }
  const LikePattern& pattern(uint32_t index) const { return patterns_[index]; }
  const Call& call(uint32_t index) const { return calls_[index]; }

 private:
  friend class Parser;
  Program() = default;

  std::vector<Instruction> code_;  // Never empty.
  std::vector<Value> constants_;
  std::deque<std::string> texts_;  // Where they are stays the same when it is moved.
  std::vector<AttributeName> names_;
  std::vector<LikePattern> patterns_;
  std::vector<Call> calls_;
  std::optional<ExpressionError> missing_function_;
};

// The error as people want to see it: the message, the line of the expression, and a caret below.
std::string Explain(std::string_view expression, const ExpressionError& error);

}  // namespace peal::filter
