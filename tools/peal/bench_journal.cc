// peal bench journal
#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "bench/journal_bench.h"
#include "core/base/time_format.h"
#include "fmt/format.h"
#include "tools/peal/bench_limits.h"
#include "tools/peal/checks.h"
#include "tools/peal/commands.h"
#include "tools/peal/exit_code.h"
#include "tools/peal/output.h"

namespace peal::tool {
namespace {

constexpr char kBenchJournalFooter[] =
    "Appends records to a journal of its own in --data, as a daemon does, and removes it: first "
    "one record a\n"
    "sync, then many. Beside it stands what the disk does without a journal. It needs no peald.";

struct JournalFlags {
  std::string data = "/var/lib/peal";
  std::string size = "16KiB";
  std::vector<uint64_t> outstanding = {1, 64};
  std::string duration = "2s";
};

std::string JournalLine(const JournalFlags& flags, const bench::JournalBenchOptions& options,
                        const bench::JournalBenchRow& row, const BenchLimits& limits, bool json) {
  if (!json) {
    return fmt::format(
        "outstanding={} size={} records={} records/s={:.0f} MB/s={:.1f} syncs={} sync "
        "p50={:.0f}us p99={:.0f}us",
        options.outstanding, options.record_bytes, row.records, row.records_per_s,
        row.bytes_per_s / 1e6, row.syncs, row.sync_p50_us, row.sync_p99_us);
  }
  return JsonLine({{"bench", "journal"},
                   {"data", flags.data},
                   {"outstanding", options.outstanding},
                   {"size", options.record_bytes},
                   {"records", row.records},
                   {"seconds", row.seconds},
                   {"recordspersecond", row.records_per_s},
                   {"bytespersecond", row.bytes_per_s},
                   {"syncs", row.syncs},
                   {"p50us", row.sync_p50_us},
                   {"p99us", row.sync_p99_us},
                   {"limits", LimitsJson(limits)}});
}

int RunBenchJournal(const Context& context, const JournalFlags& flags) {
  const BenchLimits limits{.disk = DiskLimitsOf(flags.data)};
  Output output(1);
  if (!context.json && limits.disk) {
    output.Line(LimitsText(limits));
  }
  for (const uint64_t outstanding : flags.outstanding) {
    const bench::JournalBenchOptions options{
        .folder = flags.data,
        .record_bytes = base::ParseSize(flags.size).value_or(0),  // Checked by the parser.
        .outstanding = outstanding,
        .time = std::chrono::ceil<std::chrono::milliseconds>(DurationOf(flags.duration))};
    const absl::StatusOr<bench::JournalBenchRow> row = bench::RunJournalBench(options);
    if (!row.ok()) {
      return Fail(kExitIo, std::string(row.status().message()));
    }
    output.Line(JournalLine(flags, options, *row, limits, context.json));
    if (const std::optional<int> ended = output.Flush()) {
      return *ended;
    }
  }
  return kExitOk;
}

}  // namespace

void AddBenchJournal(CLI::App* bench, const Context* context, Run* run) {
  CLI::App* const command =
      bench->add_subcommand("journal", "what a journal takes on a disk, and what the disk does");
  const auto flags = std::make_shared<JournalFlags>();
  command->add_option("--data", flags->data, "a folder on that disk (default /var/lib/peal)")
      ->type_name("DIR");
  command->add_option("--size", flags->size, "bytes of a record, 1 to 1MiB (default 16KiB)")
      ->check(IsSizeFrom1To(1 << 20))
      ->type_name("SIZE");
  command
      ->add_option("--outstanding", flags->outstanding,
                   "records not yet durable, up to 1024; repeatable (default 1 and 64)")
      ->check(IsCountUpTo(1024))
      ->allow_extra_args(false)
      ->type_name("N");
  command->add_option("--seconds", flags->duration, "time of each run (default 2s)")
      ->check(IsDuration())
      ->type_name("DURATION");
  command->footer(kBenchJournalFooter);
  command->callback([=] { *run = [=] { return RunBenchJournal(*context, *flags); }; });
}

}  // namespace peal::tool
