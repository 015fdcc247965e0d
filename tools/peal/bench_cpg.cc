// peal bench cpg
#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/base/time_format.h"
#include "fmt/format.h"
#include "ordering/corosync/cpg_bench.h"
#include "tools/peal/checks.h"
#include "tools/peal/commands.h"
#include "tools/peal/exit_code.h"
#include "tools/peal/json_text.h"
#include "tools/peal/output.h"

namespace peal::tool {
namespace {

using ordering::corosync::CpgBenchOptions;
using ordering::corosync::CpgBenchRow;

constexpr char kBenchCpgFooter[] =
    "Sends messages to a closed process group of its own and waits for their own delivery, without "
    "Peal: first one\n"
    "at a time, then as many as corosync takes. What Peal does on this machine can be held against "
    "it. It needs\n"
    "corosync, and no peald.";

struct CpgFlags {
  std::vector<std::string> sizes;
  std::string duration = "1s";
};

std::string ResultLine(const CpgBenchRow& row, bool json) {
  if (!json) {
    return fmt::format(
        "size={} p50={:.0f}us p99={:.0f}us max={:.0f}us messages/s={:.0f} MB/s={:.1f}",
        row.message_bytes, row.latency_p50_us, row.latency_p99_us, row.latency_max_us,
        row.messages_per_s, row.bytes_per_s / 1e6);
  }
  return JsonLine({{"bench", "cpg"},
                   {"size", row.message_bytes},
                   {"p50us", row.latency_p50_us},
                   {"p99us", row.latency_p99_us},
                   {"maxus", row.latency_max_us},
                   {"messagespersecond", row.messages_per_s},
                   {"bytespersecond", row.bytes_per_s}});
}

int RunBenchCpg(const Context& context, const CpgFlags& flags) {
  CpgBenchOptions options;
  options.time = std::chrono::ceil<std::chrono::milliseconds>(DurationOf(flags.duration));
  if (!flags.sizes.empty()) {
    options.sizes.clear();
    for (const std::string& size : flags.sizes) {
      options.sizes.push_back(base::ParseSize(size).value_or(0));  // Checked by the parser.
    }
  }
  const auto rows = ordering::corosync::RunCpgBench(options);
  if (!rows.ok()) {
    return Fail(rows.status());
  }
  Output output(1);
  for (const CpgBenchRow& row : *rows) {
    output.Line(ResultLine(row, context.json));
  }
  return output.Flush().value_or(kExitOk);
}

}  // namespace

void AddBenchCpg(CLI::App* bench, const Context* context, Run* run) {
  CLI::App* const command =
      bench->add_subcommand("cpg", "what corosync alone does, to hold Peal against");
  const auto flags = std::make_shared<CpgFlags>();
  command
      ->add_option("--size", flags->sizes, "bytes of a message; repeatable (default 64B to 60KiB)")
      ->check(IsSize())
      ->allow_extra_args(false)
      ->type_name("SIZE");
  command->add_option("--seconds", flags->duration, "time of each measurement (default 1s)")
      ->check(IsDuration())
      ->type_name("DURATION");
  command->footer(kBenchCpgFooter);
  command->callback([=] { *run = [=] { return RunBenchCpg(*context, *flags); }; });
}

}  // namespace peal::tool
