#include "tools/peal/filter_case.h"

#include <utility>
#include <variant>

#include "core/filter/evaluator.h"
#include "fmt/format.h"
#include "tools/peal/json_attributes.h"
#include "tools/peal/json_text.h"

namespace peal::tool {
namespace {

std::string OutcomeLine(const filter::Result& result) {
  Json line;
  std::visit([&line](const auto& value) { line["result"] = value; }, result.value);
  if (result.error != filter::ErrorKind::kNone) {
    line["error"] = filter::ErrorName(result.error);
  }
  return JsonLine(line);
}

// Absent or null: `otherwise`.
absl::StatusOr<nlohmann::json> TakeObject(const nlohmann::json& line, const std::string& name,
                                          nlohmann::json otherwise) {
  const auto found = line.find(name);
  if (found == line.end() || found->is_null()) {
    return otherwise;
  }
  if (!found->is_object()) {
    return absl::InvalidArgumentError(fmt::format("'{}' is not an object", name));
  }
  return *found;
}

}  // namespace

nlohmann::json AnyEvent() {
  return {{"specversion", "1.0"}, {"id", "1"}, {"source", "/any"}, {"type", "any"}};
}

absl::StatusOr<FilterCase> ParseFilterCase(std::string_view line) {
  const nlohmann::json parsed = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) {
    return absl::InvalidArgumentError("not a JSON object");
  }
  const auto expression = parsed.find("expression");
  const bool usable =
      expression != parsed.end() &&
      (expression->is_string() || expression->is_number() || expression->is_boolean());
  if (!usable) {
    return absl::InvalidArgumentError("there is no 'expression'");
  }
  absl::StatusOr<nlohmann::json> event = TakeObject(parsed, "event", AnyEvent());
  absl::StatusOr<nlohmann::json> overrides =
      TakeObject(parsed, "eventOverrides", nlohmann::json::object());
  if (!event.ok() || !overrides.ok()) {
    return event.ok() ? overrides.status() : event.status();
  }
  event->update(*overrides);
  return FilterCase{expression->is_string() ? expression->get<std::string>() : expression->dump(),
                    *std::move(event)};
}

FilterOutcome RunFilterCase(const FilterCase& filter_case) {
  FilterOutcome outcome;
  const std::optional<filter::Program> program =
      filter::Program::Parse(filter_case.expression, &outcome.error);
  if (!program) {
    outcome.json = OutcomeLine({false, outcome.error.kind});
    return outcome;
  }
  filter::Evaluator evaluator;
  outcome.json = OutcomeLine(evaluator.Evaluate(*program, JsonAttributes(&filter_case.event)));
  if (program->missing_function()) {
    outcome.error = *program->missing_function();
  }
  return outcome;
}

}  // namespace peal::tool
