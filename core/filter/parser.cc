#include "core/filter/parser.h"

#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "core/base/utf8.h"
#include "fmt/format.h"

namespace peal::filter {
namespace {

struct OperatorRow {
  TokenKind token;
  Op op;
  Binding binding;
};

constexpr OperatorRow kOperators[] = {
    {TokenKind::kAnd, Op::kAnd, Binding::kLogic},
    {TokenKind::kOr, Op::kOr, Binding::kLogic},
    {TokenKind::kXor, Op::kXor, Binding::kLogic},
    {TokenKind::kEqual, Op::kEqual, Binding::kComparison},
    {TokenKind::kNotEqual, Op::kNotEqual, Binding::kComparison},
    {TokenKind::kLess, Op::kLess, Binding::kComparison},
    {TokenKind::kLessEqual, Op::kLessEqual, Binding::kComparison},
    {TokenKind::kGreater, Op::kGreater, Binding::kComparison},
    {TokenKind::kGreaterEqual, Op::kGreaterEqual, Binding::kComparison},
    {TokenKind::kPlus, Op::kAdd, Binding::kSum},
    {TokenKind::kMinus, Op::kSubtract, Binding::kSum},
    {TokenKind::kStar, Op::kMultiply, Binding::kProduct},
    {TokenKind::kSlash, Op::kDivide, Binding::kProduct},
    {TokenKind::kPercent, Op::kRemainder, Binding::kProduct},
    {TokenKind::kIn, Op::kIn, Binding::kIn},
    {TokenKind::kLike, Op::kLike, Binding::kLike},
};

Binding Closer(Binding binding) {
  return static_cast<Binding>(static_cast<int>(binding) + 1);
}

bool IsIdentifier(std::string_view name) {
  return name.find('_') == std::string_view::npos;
}

}  // namespace

bool Parser::Parse() {
  if (expression_.size() > Program::kExpressionBytesMax) {
    return Fail(fmt::format("an expression of {} bytes; at most {} are read", expression_.size(),
                            Program::kExpressionBytesMax),
                0);
  }
  if (!base::IsUtf8({expression_.data(), expression_.size()})) {
    return Fail("the expression is not UTF-8", 0);
  }
  if (!Advance() || !ParseExpression(Binding::kLogic)) {
    return false;
  }
  return token_.kind == TokenKind::kEnd || FailExpecting("an operator or the end");
}

bool Parser::ParseExpression(Binding from) {
  if (!Enter() || !ParseOperand()) {
    return false;
  }
  for (;;) {
    std::optional<Operator> op;
    if (!FindOperator(&op)) {
      return false;
    }
    if (!op || op->binding < from) {
      --depth_;
      return true;
    }
    if (!Advance() || !ParseRight(*op)) {
      return false;
    }
  }
}

bool Parser::FindOperator(std::optional<Operator>* op) {
  // `NOT` behind an operand belongs to LIKE or IN, whatever is asked for: nothing binds closer.
  const Token first = token_;
  const bool negated = first.kind == TokenKind::kNot;
  if (negated && !Advance()) {
    return false;
  }
  const bool may_follow_not = token_.kind == TokenKind::kLike || token_.kind == TokenKind::kIn;
  if (negated && !may_follow_not) {
    return FailExpecting("LIKE or IN behind NOT");
  }
  for (const OperatorRow& row : kOperators) {
    if (row.token == token_.kind) {
      *op = {row.op, row.binding, negated, first.offset};
    }
  }
  return true;
}

bool Parser::ParseRight(const Operator& op) {
  switch (op.op) {
    case Op::kIn:
      return ParseSet(op.negated);
    case Op::kLike:
      return ParseLike(op.negated);
    case Op::kAnd:
    case Op::kOr:
      return ParseLogic(op);
    default:
      return ParseExpression(Closer(op.binding)) && Emit(op.op, 0, 2, 1, op.offset);
  }
}

bool Parser::ParseLogic(const Operator& op) {
  const size_t jump = program_.code_.size();
  if (!Emit(op.op, 0, 1, 0, op.offset) || !ParseExpression(Closer(op.binding)) ||
      !Emit(Op::kBoolean, 0, 1, 1, op.offset)) {
    return false;
  }
  JumpHere(jump);
  return true;
}

bool Parser::ParseLike(bool negated) {
  if (token_.kind != TokenKind::kString) {
    return FailExpecting("a pattern in quotes behind LIKE");
  }
  const auto index = static_cast<uint32_t>(program_.patterns_.size());
  program_.patterns_.emplace_back(Unquote(token_.text));
  return Emit(negated ? Op::kNotLike : Op::kLike, index, 1, 1, token_.offset) && Advance();
}

bool Parser::ParseSet(bool negated) {
  const size_t offset = token_.offset;
  if (!Expect(TokenKind::kLeftParenthesis, "'(' behind IN")) {
    return false;
  }
  std::vector<size_t> jumps;
  for (;;) {
    if (!ParseExpression(Binding::kLogic)) {
      return false;
    }
    jumps.push_back(program_.code_.size());
    if (!Emit(negated ? Op::kNotIn : Op::kIn, 0, 2, 1, offset)) {
      return false;
    }
    if (token_.kind != TokenKind::kComma) {
      break;
    }
    if (!Advance()) {
      return false;
    }
  }
  if (!Emit(negated ? Op::kNotInEnd : Op::kInEnd, 0, 1, 1, offset) ||
      !Expect(TokenKind::kRightParenthesis, "',' or ')'")) {
    return false;
  }
  for (const size_t jump : jumps) {
    JumpHere(jump);
  }
  return true;
}

bool Parser::ParseOperand() {
  const Token token = token_;
  switch (token.kind) {
    case TokenKind::kNot:
      return Advance() && ParseUnary(Op::kNot);
    case TokenKind::kPlus:
    case TokenKind::kMinus:
      return ParseSigned();
    case TokenKind::kExists:
      return ParseExists();
    case TokenKind::kLeftParenthesis:
      return ParseParenthesis();
    case TokenKind::kName:
      return ParseNameOrCall();
    case TokenKind::kTrue:
    case TokenKind::kFalse:
      return EmitConstant(token.kind == TokenKind::kTrue, token.offset) && Advance();
    case TokenKind::kWholeNumber:
    case TokenKind::kDecimal:
      return ParseNumber(token, false);
    case TokenKind::kString:
      program_.texts_.push_back(Unquote(token.text));
      return EmitConstant(std::string_view(program_.texts_.back()), token.offset) && Advance();
    default:
      return FailExpecting("a value");
  }
}

// A sign that touches digits is a part of the number: -2147483648 is an Integer.
bool Parser::ParseSigned() {
  const Token sign = token_;
  if (!Advance()) {
    return false;
  }
  const bool number = token_.kind == TokenKind::kWholeNumber || token_.kind == TokenKind::kDecimal;
  if (number && token_.offset == sign.end()) {
    return ParseNumber(token_, sign.kind == TokenKind::kMinus);
  }
  if (sign.kind == TokenKind::kPlus) {
    return Fail("'+' stands between two values, or right before the digits of a number",
                sign.offset);
  }
  return ParseUnary(Op::kNegate);
}

bool Parser::ParseUnary(Op op) {
  const size_t offset = token_.offset;
  if (!Enter() || !ParseOperand() || !Emit(op, 0, 1, 1, offset)) {
    return false;
  }
  --depth_;
  return true;
}

bool Parser::ParseParenthesis() {
  return Advance() && ParseExpression(Binding::kLogic) &&
         Expect(TokenKind::kRightParenthesis, "an operator or ')'");
}

bool Parser::ParseExists() {
  if (!Advance()) {
    return false;
  }
  if (token_.kind != TokenKind::kName || !IsIdentifier(token_.text)) {
    return FailExpecting("the name of an attribute behind EXISTS");
  }
  const auto index = static_cast<uint32_t>(program_.names_.size());
  program_.names_.emplace_back(absl::AsciiStrToLower({token_.text.data(), token_.text.size()}));
  return Emit(Op::kExists, index, 0, 1, token_.offset) && Advance();
}

bool Parser::ParseNameOrCall() {
  const Token name = token_;
  if (!Advance()) {
    return false;
  }
  if (token_.kind == TokenKind::kLeftParenthesis) {
    return ParseCall(name);
  }
  if (!IsIdentifier(name.text)) {
    return Fail(
        fmt::format("'{}' cannot be an attribute: their names are letters and digits", name.text),
        name.offset);
  }
  const auto index = static_cast<uint32_t>(program_.names_.size());
  program_.names_.emplace_back(absl::AsciiStrToLower({name.text.data(), name.text.size()}));
  return Emit(Op::kAttribute, index, 0, 1, name.offset);
}

bool Parser::ParseCall(const Token& name) {
  if (!Advance()) {
    return false;
  }
  uint32_t count = 0;
  while (token_.kind != TokenKind::kRightParenthesis) {
    if (count > 0 && !Expect(TokenKind::kComma, "',' or ')'")) {
      return false;
    }
    if (!ParseExpression(Binding::kLogic)) {
      return false;
    }
    ++count;
  }
  const Function* const function = FindFunction(name.text, count);
  if (function == nullptr) {
    if (!program_.missing_function_) {
      program_.missing_function_ = {ErrorKind::kMissingFunction, WhyNoFunction(name.text, count),
                                    name.offset};
    }
    return Emit(Op::kNoFunction, 0, count, 1, name.offset) && Advance();
  }
  const auto index = static_cast<uint32_t>(program_.calls_.size());
  program_.calls_.push_back({function, count});
  return Emit(Op::kCall, index, count, 1, name.offset) && Advance();
}

bool Parser::ParseNumber(const Token& first, bool negative) {
  const std::string text = fmt::format("{}{}", negative ? "-" : "", first.text);
  const char* const end = text.data() + text.size();
  int32_t integer = 0;
  const bool whole = first.kind == TokenKind::kWholeNumber &&
                     std::from_chars(text.data(), end, integer).ec == std::errc();
  if (whole) {
    return EmitConstant(integer, first.offset) && Advance();
  }
  double number = 0;
  if (std::from_chars(text.data(), end, number).ec != std::errc()) {
    return Fail(fmt::format("the number {} is too large or too small", text), first.offset);
  }
  return EmitConstant(number, first.offset) && Advance();
}

bool Parser::Advance() {
  SyntaxError error;
  return lexer_.Next(&token_, &error) || Fail(std::move(error.message), error.offset);
}

bool Parser::Expect(TokenKind kind, std::string_view what) {
  return token_.kind == kind ? Advance() : FailExpecting(what);
}

bool Parser::Fail(std::string message, size_t offset) {
  error_ = {ErrorKind::kParse, std::move(message), offset};
  return false;
}

bool Parser::FailExpecting(std::string_view what) {
  if (token_.kind == TokenKind::kEnd) {
    return Fail(fmt::format("expected {}, but the expression ends", what), token_.offset);
  }
  constexpr size_t kShownMax = 40;
  const std::string_view shown = token_.text.substr(0, kShownMax);
  return Fail(fmt::format("expected {}, not {}", what, shown), token_.offset);
}

bool Parser::Enter() {
  return ++depth_ <= Program::kDepthMax ||
         Fail(fmt::format("more than {} levels within each other", Program::kDepthMax),
              token_.offset);
}

bool Parser::Emit(Op op, uint32_t operand, size_t taken, size_t left, size_t offset) {
  program_.code_.push_back({op, operand});
  stack_ = stack_ - taken + left;
  return stack_ <= Program::kStackMax ||
         Fail(fmt::format("more than {} values wait for their operators or functions",
                          Program::kStackMax),
              offset);
}

bool Parser::EmitConstant(Value value, size_t offset) {
  program_.constants_.push_back(value);
  return Emit(Op::kConstant, static_cast<uint32_t>(program_.constants_.size() - 1), 0, 1, offset);
}

void Parser::JumpHere(size_t instruction) {
  program_.code_[instruction].operand = static_cast<uint32_t>(program_.code_.size());
}

}  // namespace peal::filter
