// peal bench filter
#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "bench/filter_bench.h"
#include "fmt/format.h"
#include "tools/peal/bench_limits.h"
#include "tools/peal/checks.h"
#include "tools/peal/commands.h"
#include "tools/peal/exit_code.h"
#include "tools/peal/output.h"

namespace peal::tool {
namespace {

constexpr char kBenchFilterFooter[] =
    "First evaluates --expr over and over on one core, over events of type a.b with a subject and "
    "usedpct, of which\n"
    "every second one has 80.5. Then holds an event against each number of subscriptions, of which "
    "it passes one.\n"
    "It needs no peald.";

struct FilterFlags {
  std::string expression = "type = 'a.b' AND usedpct > 75.5 AND subject LIKE '/var%'";
  std::vector<uint64_t> subscriptions = {1000, 100'000};
  std::string duration = "1s";
};

std::string FilterLine(const FilterFlags& flags, const bench::FilterBenchRow& row,
                       const BenchLimits& limits, bool json) {
  if (!json) {
    return fmt::format("evaluations/s={:.0f} passed={:.0f}% events read/s={:.0f}",
                       row.evaluations_per_s, row.passed_share * 100, row.reads_per_s);
  }
  return JsonLine({{"bench", "filter"},
                   {"expr", flags.expression},
                   {"evaluationspersecond", row.evaluations_per_s},
                   {"passedshare", row.passed_share},
                   {"readspersecond", row.reads_per_s},
                   {"limits", LimitsJson(limits)}});
}

std::string IndexLine(uint64_t subscriptions, const bench::IndexBenchRow& row,
                      const BenchLimits& limits, bool json) {
  if (!json) {
    return fmt::format("subscriptions={} us/event={:.2f} matches={:.1f} us/subscribe={:.1f}",
                       subscriptions, row.event_us, row.matches, row.add_us);
  }
  return JsonLine({{"bench", "index"},
                   {"subscriptions", subscriptions},
                   {"eventus", row.event_us},
                   {"matches", row.matches},
                   {"subscribeus", row.add_us},
                   {"limits", LimitsJson(limits)}});
}

int RunBenchFilter(const Context& context, const FilterFlags& flags) {
  const BenchLimits limits{.core = CoreLimitsHere()};
  const auto time = std::chrono::ceil<std::chrono::milliseconds>(DurationOf(flags.duration));
  const auto filter_row = bench::RunFilterBench(flags.expression, time);
  if (!filter_row.ok()) {
    return Fail(filter_row.status());
  }
  Output output(1);
  if (!context.json) {
    output.Line(LimitsText(limits));
  }
  output.Line(FilterLine(flags, *filter_row, limits, context.json));
  for (const uint64_t subscriptions : flags.subscriptions) {
    if (const std::optional<int> ended = output.Flush()) {
      return *ended;
    }
    output.Line(
        IndexLine(subscriptions, bench::RunIndexBench(subscriptions, time), limits, context.json));
  }
  return output.Flush().value_or(kExitOk);
}

}  // namespace

void AddBenchFilter(CLI::App* bench, const Context* context, Run* run) {
  CLI::App* const command =
      bench->add_subcommand("filter", "what filters of subscriptions take of a core");
  const auto flags = std::make_shared<FilterFlags>();
  command->add_option("--expr", flags->expression, "the filter to evaluate")->type_name("CESQL");
  command
      ->add_option("--subscriptions", flags->subscriptions,
                   "up to 1000000; repeatable (default 1000 and 100000)")
      ->check(IsCountUpTo(1'000'000))
      ->allow_extra_args(false)
      ->type_name("N");
  command->add_option("--seconds", flags->duration, "time of each run (default 1s)")
      ->check(IsDuration())
      ->type_name("DURATION");
  command->footer(kBenchFilterFooter);
  command->callback([=] { *run = [=] { return RunBenchFilter(*context, *flags); }; });
}

}  // namespace peal::tool
