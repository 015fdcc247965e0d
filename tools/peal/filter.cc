// peal filter
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>

#include "fmt/format.h"
#include "tools/peal/commands.h"
#include "tools/peal/exit_code.h"
#include "tools/peal/filter_case.h"
#include "tools/peal/output.h"

namespace peal::tool {
namespace {

constexpr char kTestFooter[] =
    "The language is CESQL 1.0 with decimal numbers. Prints {\"result\":...,\"error\":...} for "
    "each "
    "case; `error`\n"
    "is absent when there is none. A line of FILE is such a case:\n"
    "  {\"expression\": \"usedpct > 75.5\", \"event\": {...}, \"eventOverrides\": {\"usedpct\": "
    "80}}";

struct TestFlags {
  std::string expression;
  std::string event;
  std::string cases;
};

int RunOne(const TestFlags& flags) {
  FilterCase filter_case{flags.expression, AnyEvent()};
  if (!flags.event.empty()) {
    filter_case.event = nlohmann::json::parse(flags.event, nullptr, /*allow_exceptions=*/false);
    if (!filter_case.event.is_object()) {
      return Fail(kExitBadData, "--event is not a JSON object");
    }
  }
  const FilterOutcome outcome = RunFilterCase(filter_case);
  Output output(1);
  output.Line(outcome.json);
  if (const std::optional<int> ended = output.Flush()) {
    return *ended;
  }
  return outcome.error.kind == filter::ErrorKind::kNone
             ? kExitOk
             : Fail(kExitBadData, Explain(flags.expression, outcome.error));
}

int RunCases(const std::string& path) {
  std::ifstream file;
  if (path != "-") {
    file.open(path);
    if (!file) {
      return Fail(kExitNoInput, fmt::format("cannot read {}", path));
    }
  }
  std::istream& cases = path == "-" ? std::cin : file;
  Output output(1);
  std::string line;
  for (uint64_t number = 1; std::getline(cases, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) {
      continue;
    }
    const absl::StatusOr<FilterCase> filter_case = ParseFilterCase(line);
    if (!filter_case.ok()) {
      output.Flush();
      return Fail(kExitBadData, fmt::format("{}:{}: {}", path, number,
                                            std::string(filter_case.status().message())));
    }
    output.Line(RunFilterCase(*filter_case).json);
    if (const std::optional<int> ended = output.Flush()) {
      return *ended;
    }
  }
  return cases.bad() ? Fail(kExitIo, fmt::format("reading {} failed", path)) : kExitOk;
}

int RunTest(const TestFlags& flags) {
  if (flags.cases.empty() == flags.expression.empty()) {
    return Fail(kExitUsage, "one of --cases and --expr is needed");
  }
  return flags.cases.empty() ? RunOne(flags) : RunCases(flags.cases);
}

}  // namespace

void AddFilter(CLI::App* app, const Context* /*context*/, Run* run) {
  CLI::App* const filter = app->add_subcommand("filter", "try out the language of filters");
  CLI::App* const test =
      filter->add_subcommand("test", "evaluate expressions, without a daemon")->footer(kTestFooter);
  const auto flags = std::make_shared<TestFlags>();
  test->add_option("--expr", flags->expression, "the expression")->type_name("CESQL");
  test->add_option("--event", flags->event,
                   "the event, as `peal --json subscribe` prints it; without it one that has "
                   "just id, source and type")
      ->type_name("JSON");
  test->add_option("--cases", flags->cases, "a case a line; - is standard input")
      ->type_name("FILE");
  test->callback([=] { *run = [=] { return RunTest(*flags); }; });
}

}  // namespace peal::tool
