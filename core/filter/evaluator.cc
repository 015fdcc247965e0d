#include "core/filter/evaluator.h"

#include <optional>

#include "core/base/check.h"
#include "core/filter/arithmetic.h"
#include "core/filter/cast.h"

namespace peal::filter {
namespace {

// nullopt: it cannot be cast.
std::optional<Value> CastArgument(Function::Parameter parameter, const Value& value,
                                  Scratch* scratch) {
  switch (parameter) {
    case Function::Parameter::kAny:
      return value;
    case Function::Parameter::kText:
      return CastTo(Type::kString, value, scratch);
    case Function::Parameter::kInteger:
      return CastTo(Type::kInteger, value, scratch);
    case Function::Parameter::kNumeric:
      return TypeOf(value) == Type::kNumber ? value : CastTo(Type::kInteger, value, scratch);
  }
  return std::nullopt;
}

}  // namespace

Result Evaluator::Evaluate(const Program& program, const Attributes& event) {
  scratch_.Clear();
  size_ = 0;
  const size_t count = program.code().size();
  for (size_t at = 0; at < count;) {
    const bool last = at + 1 == count;
    const ErrorKind error = Step(program, event, &at);
    if (error != ErrorKind::kNone) {
      const Value zero = ZeroOf(program.result_type().value_or(Type::kBoolean));
      return {last ? Top() : zero, error};
    }
  }
  PEAL_CHECK(size_ == 1);
  return {Top(), ErrorKind::kNone};
}

bool Evaluator::Passes(const Program& program, const Attributes& event) {
  const Result result = Evaluate(program, event);
  const bool* const value = std::get_if<bool>(&result.value);
  return result.error == ErrorKind::kNone && value != nullptr && *value;
}

ErrorKind Evaluator::Step(const Program& program, const Attributes& event, size_t* at) {
  const Instruction instruction = program.code()[*at];
  const uint32_t operand = instruction.operand;
  ++*at;
  switch (instruction.op) {
    case Op::kConstant:
      Push(program.constant(operand));
      return ErrorKind::kNone;
    case Op::kAttribute:
      return Load(program.name(operand), event);
    case Op::kExists:
      Push(event.Has(program.name(operand)));
      return ErrorKind::kNone;
    case Op::kNot:
    case Op::kNegate:
    case Op::kBoolean:
      return Unary(instruction.op);
    case Op::kXor:
      return Xor();
    case Op::kLike:
    case Op::kNotLike:
      return Like(program.pattern(operand), instruction.op == Op::kNotLike);
    case Op::kAnd:
    case Op::kOr:
      return Logic(instruction.op == Op::kOr, operand, at);
    case Op::kIn:
    case Op::kNotIn:
      return Member(instruction.op == Op::kNotIn, operand, at);
    case Op::kInEnd:
    case Op::kNotInEnd:
      Top() = instruction.op == Op::kNotInEnd;
      return ErrorKind::kNone;
    case Op::kCall:
      return CallFunction(program.call(operand));
    case Op::kNoFunction:
      Push(false);
      return ErrorKind::kMissingFunction;
    default:
      return Binary(instruction.op);
  }
}

ErrorKind Evaluator::Load(const AttributeName& name, const Attributes& event) {
  const std::optional<Attributes::Found> found = event.Get(name, &scratch_);
  Push(found ? found->value : Value(false));
  return found ? found->error : ErrorKind::kMissingAttribute;
}

ErrorKind Evaluator::Unary(Op op) {
  const Value value = Top();
  if (op == Op::kNegate) {
    return Negate(value, &Top());
  }
  // The conformance kit has `NOT 10` be an error with the value TRUE, though an Integer can
  // otherwise be cast to a Boolean.
  const bool refused = op == Op::kNot && TypeOf(value) == Type::kInteger;
  const std::optional<bool> cast = refused ? std::nullopt : ToBoolean(value);
  Top() = cast.value_or(false) != (op == Op::kNot);
  return cast ? ErrorKind::kNone : ErrorKind::kCast;
}

ErrorKind Evaluator::Binary(Op op) {
  const Value right = Pop();
  const Value left = Top();
  return op >= Op::kAdd ? Calculate(op, left, right, &Top())
                        : Compare(op, left, right, &scratch_, &Top());
}

ErrorKind Evaluator::Xor() {
  const std::optional<bool> right = ToBoolean(Pop());
  const std::optional<bool> left = ToBoolean(Top());
  Top() = left && right && *left != *right;
  return left && right ? ErrorKind::kNone : ErrorKind::kCast;
}

ErrorKind Evaluator::Like(const LikePattern& pattern, bool negated) {
  const std::optional<std::string_view> text = ToText(Top(), &scratch_);
  Top() = text && pattern.Matches(*text) != negated;
  return text ? ErrorKind::kNone : ErrorKind::kCast;
}

ErrorKind Evaluator::Logic(bool decides, size_t target, size_t* at) {
  const std::optional<bool> left = ToBoolean(Pop());
  if (!left) {
    return ErrorKind::kCast;
  }
  if (*left == decides) {
    Push(decides);
    *at = target;
  }
  return ErrorKind::kNone;
}

ErrorKind Evaluator::Member(bool negated, size_t target, size_t* at) {
  const Value element = Pop();
  bool equal = false;
  const ErrorKind error = Equal(Top(), element, TypeOf(Top()), &scratch_, &equal);
  if (equal) {
    Top() = !negated;
    *at = target;
  }
  return error;
}

ErrorKind Evaluator::CallFunction(const Call& call) {
  size_ -= call.argument_count;
  const std::span<Value> arguments = std::span(stack_).subspan(size_, call.argument_count);
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::optional<Value> cast =
        CastArgument(call.function->parameter(i), arguments[i], &scratch_);
    if (!cast) {
      Push(ZeroOf(call.function->returns));
      return ErrorKind::kCast;
    }
    arguments[i] = *cast;
  }
  Value result;
  const ErrorKind error = call.function->call(arguments, &scratch_, &result);
  Push(result);
  return error;
}

}  // namespace peal::filter
