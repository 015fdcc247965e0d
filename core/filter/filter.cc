#include "core/filter/filter.h"

#include "fmt/format.h"

namespace peal::filter {
namespace {

absl::Status Refuse(std::string_view expression, const ExpressionError& error) {
  return absl::InvalidArgumentError(fmt::format("filter: {}", Explain(expression, error)));
}

}  // namespace

absl::StatusOr<Program> ParseFilter(std::string_view expression) {
  ExpressionError error;
  std::optional<Program> program = Program::Parse(expression, &error);
  if (!program) {
    return Refuse(expression, error);
  }
  if (program->missing_function()) {
    return Refuse(expression, *program->missing_function());
  }
  const Type type = program->result_type().value_or(Type::kBoolean);
  if (type != Type::kBoolean) {
    error.message = fmt::format(
        "this is of type {}, and a filter has to be TRUE or FALSE; compare it with something",
        TypeName(type));
    return Refuse(expression, error);
  }
  return *std::move(program);
}

}  // namespace peal::filter
