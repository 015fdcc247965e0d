// peal bench ordering
#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "bench/ordering_bench.h"
#include "core/base/time_format.h"
#include "fmt/format.h"
#include "tools/peal/bench_limits.h"
#include "tools/peal/checks.h"
#include "tools/peal/commands.h"
#include "tools/peal/exit_code.h"
#include "tools/peal/output.h"

namespace peal::tool {
namespace {

constexpr char kBenchOrderingFooter[] =
    "Runs the ordering protocol of all nodes of a group on one core, with messages handed over in "
    "memory: what\n"
    "is left of a cluster without network, disks and clients. Time counts while this program has "
    "the core.\n"
    "It needs neither peald nor corosync.";

struct OrderingFlags {
  std::vector<uint64_t> nodes = {1, 3};
  std::string size = "256";
  uint64_t outstanding = 1000;
  std::string duration = "2s";
};

std::string OrderingLine(const bench::OrderingBenchOptions& options,
                         const bench::OrderingBenchRow& row, const BenchLimits& limits, bool json) {
  if (!json) {
    return fmt::format(
        "nodes={} size={} outstanding={} events={} entries={} events/s={:.0f} MB/s={:.1f} events/s "
        "of a node={:.0f}",
        options.nodes, options.data_bytes, options.outstanding, row.events, row.entries,
        row.events_per_s, row.bytes_per_s / 1e6, row.node_per_s);
  }
  return JsonLine({{"bench", "ordering"},
                   {"nodes", options.nodes},
                   {"size", options.data_bytes},
                   {"outstanding", options.outstanding},
                   {"events", row.events},
                   {"entries", row.entries},
                   {"seconds", row.seconds},
                   {"eventspersecond", row.events_per_s},
                   {"bytespersecond", row.bytes_per_s},
                   {"nodeeventspersecond", row.node_per_s},
                   {"limits", LimitsJson(limits)}});
}

int RunBenchOrdering(const Context& context, const OrderingFlags& flags) {
  const BenchLimits limits{.core = CoreLimitsHere()};
  Output output(1);
  if (!context.json) {
    output.Line(LimitsText(limits));
  }
  for (const uint64_t nodes : flags.nodes) {
    const bench::OrderingBenchOptions options{
        .nodes = static_cast<uint32_t>(nodes),
        .data_bytes = base::ParseSize(flags.size).value_or(0),  // Checked by the parser.
        .outstanding = flags.outstanding,
        .time = std::chrono::ceil<std::chrono::milliseconds>(DurationOf(flags.duration))};
    output.Line(OrderingLine(options, bench::RunOrderingBench(options), limits, context.json));
    if (const std::optional<int> ended = output.Flush()) {
      return *ended;
    }
  }
  return kExitOk;
}

}  // namespace

void AddBenchOrdering(CLI::App* bench, const Context* context, Run* run) {
  CLI::App* const command =
      bench->add_subcommand("ordering", "what the ordering protocol alone does on a core");
  const auto flags = std::make_shared<OrderingFlags>();
  command->add_option("--nodes", flags->nodes, "nodes, up to 16; repeatable (default 1 and 3)")
      ->check(IsCountUpTo(16))
      ->allow_extra_args(false)
      ->type_name("N");
  command->add_option("--size", flags->size, "bytes of an event's data, 1 to 1MiB (default 256)")
      ->check(IsSizeFrom1To(1 << 20))
      ->type_name("SIZE");
  command
      ->add_option("--outstanding", flags->outstanding,
                   "events not yet committed, up to 65536 (default 1000)")
      ->check(IsCountUpTo(65'536))
      ->type_name("N");
  command->add_option("--seconds", flags->duration, "time of each run (default 2s)")
      ->check(IsDuration())
      ->type_name("DURATION");
  command->footer(kBenchOrderingFooter);
  command->callback([=] { *run = [=] { return RunBenchOrdering(*context, *flags); }; });
}

}  // namespace peal::tool
