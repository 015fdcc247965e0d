// Runs programs over events.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "core/filter/attributes.h"
#include "core/filter/program.h"
#include "core/filter/scratch.h"
#include "core/filter/value.h"

namespace peal::filter {

struct Result {
  Value value;
  ErrorKind error = ErrorKind::kNone;
};

// Memory that evaluations share: one for a thread serves all programs. Takes none for an
// evaluation, but once for the first that makes text.
class Evaluator {
 public:
  // The first error ends it (CESQL 1.0, 4.1, "fail fast"); the value is then the zero value of the
  // expression's type, or what its outermost operator or function gives with its own error. Text
  // lives as long as program and event, and until the next evaluation.
  Result Evaluate(const Program& program, const Attributes& event);

  // It comes to TRUE, without an error.
  bool Passes(const Program& program, const Attributes& event);

 private:
  // The instruction at `*at`; `*at` becomes the next one.
  ErrorKind Step(const Program& program, const Attributes& event, size_t* at);
  ErrorKind Load(const AttributeName& name, const Attributes& event);
  ErrorKind Unary(Op op);
  ErrorKind Binary(Op op);
  ErrorKind Xor();
  ErrorKind Like(const LikePattern& pattern, bool negated);
  ErrorKind Logic(bool decides, size_t target, size_t* at);
  ErrorKind Member(bool negated, size_t target, size_t* at);
  ErrorKind CallFunction(const Call& call);

  void Push(Value value) { stack_[size_++] = value; }
  Value Pop() { return stack_[--size_]; }
  Value& Top() { return stack_[size_ - 1]; }

  // The parser has counted what a program needs.
  std::array<Value, Program::kStackMax> stack_;
  size_t size_ = 0;
  Scratch scratch_;
};

}  // namespace peal::filter
