#include "core/filter/program.h"

#include <algorithm>

#include "core/base/check.h"
#include "core/filter/parser.h"
#include "core/filter/unicode.h"
#include "fmt/format.h"

namespace peal::filter {

std::optional<Program> Program::Parse(std::string_view expression, ExpressionError* error) {
  Parser parser(expression);
  if (!parser.Parse()) {
    *error = parser.error();
    return std::nullopt;
  }
  return parser.TakeProgram();
}

std::optional<Type> Program::result_type() const {
  const Instruction& last = code_.back();
  switch (last.op) {
    case Op::kConstant:
      return TypeOf(constant(last.operand));
    case Op::kAttribute:
      return std::nullopt;
    case Op::kCall:
      return call(last.operand).function->returns;
    case Op::kNegate:
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply:
    case Op::kDivide:
    case Op::kRemainder:
      return Type::kInteger;
    default:
      return Type::kBoolean;
  }
}

std::string Explain(std::string_view expression, const ExpressionError& error) {
  constexpr size_t kBeforeMax = 60;
  constexpr size_t kBehindMax = 40;
  const size_t offset = std::min(error.offset, expression.size());
  const size_t line_start = expression.substr(0, offset).rfind('\n') + 1;
  const std::string_view line = expression.substr(
      line_start, std::min(expression.find('\n', offset), expression.size()) - line_start);
  const size_t before = CountCharacters(line.substr(0, offset - line_start));
  // Whole characters of a long line, around the place.
  const size_t cut = before - std::min(before, kBeforeMax);
  const std::string_view shown = line.substr(CharacterOffset(line, cut));
  const size_t shown_bytes = CharacterOffset(shown, before - cut + kBehindMax);
  return fmt::format("{}\n  {}\n  {:>{}}", error.message, shown.substr(0, shown_bytes), "^",
                     before - cut + 1);
}

}  // namespace peal::filter
