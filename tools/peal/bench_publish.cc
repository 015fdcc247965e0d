// peal bench publish
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "core/base/time_format.h"
#include "fmt/format.h"
#include "tools/peal/checks.h"
#include "tools/peal/commands.h"
#include "tools/peal/exit_code.h"
#include "tools/peal/json_text.h"
#include "tools/peal/latencies.h"
#include "tools/peal/output.h"
#include "tools/peal/session.h"

namespace peal::tool {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

constexpr char kBenchPublishFooter[] =
    "Keeps a number of publishes waiting for their answer and measures each from call to answer: "
    "once with 1\n"
    "(a closed loop) and once with 1000, or with each --outstanding given. Times are in "
    "microseconds.\n"
    "The events have the type bench.event and reach every subscriber that asked for it.";

struct BenchFlags {
  std::string size = "256";
  uint64_t count = 0;
  std::string duration = "3s";
  std::vector<uint64_t> outstanding = {1, 1000};
  std::string ack = "committed";
  std::string scope = "global";
};

// One run: keeps `outstanding` publishes on their way until its end. Not thread-safe.
class BenchRun {
 public:
  BenchRun(Client* client, const BenchFlags& flags, uint64_t outstanding, PublishOptions options)
      : client_(client),
        options_(options),
        outstanding_max_(std::min(outstanding, client->daemon().publish_window)),
        count_max_(flags.count),
        duration_(DurationOf(flags.duration)) {
    event_.type = "bench.event";
    event_.scope = flags.scope == "local" ? Scope::kLocal : Scope::kGlobal;
    event_.datacontenttype = "application/octet-stream";
    // Checked by the parser.
    event_.data = std::string(base::ParseSize(flags.size).value_or(0), 'x');
  }

  absl::Status Run() {
    start_ = Clock::now();
    while (outstanding_ > 0 || !enough()) {
      PEAL_CHECK(outstanding_ <= outstanding_max_);
      while (outstanding_ < outstanding_max_ && !enough()) {
        PublishOne();
      }
      // Also without anything outstanding: publishing itself may have failed.
      PEAL_RETURN_IF_ERROR(failure_);
      PEAL_RETURN_IF_ERROR(client_->Dispatch(options_.timeout));
    }
    elapsed_ = Clock::now() - start_;
    return failure_;
  }

  uint64_t outstanding_max() const { return outstanding_max_; }
  std::chrono::duration<double> elapsed() const { return elapsed_; }
  Latencies* latencies() { return &latencies_; }

 private:
  bool enough() const {
    return !failure_.ok() ||
           (count_max_ != 0 ? published_ >= count_max_ : Clock::now() - start_ >= duration_);
  }

  void PublishOne() {
    const Clock::time_point asked = Clock::now();
    const absl::Status published =
        client_->Publish(event_, options_, [this, asked](const PublishResult& result) {
          --outstanding_;
          latencies_.Add(std::chrono::duration_cast<microseconds>(Clock::now() - asked));
          failure_.Update(result.status);
        });
    failure_.Update(published);
    if (published.ok()) {
      ++published_;
      ++outstanding_;
    }
  }

  Client* const client_;
  const PublishOptions options_;
  const uint64_t outstanding_max_;
  const uint64_t count_max_;
  const microseconds duration_;
  Event event_;
  Clock::time_point start_;
  Clock::duration elapsed_{0};
  uint64_t published_ = 0;
  uint64_t outstanding_ = 0;
  absl::Status failure_;
  Latencies latencies_;
};

std::string ResultLine(BenchRun* run, const BenchFlags& flags, bool json) {
  const Latencies::Summary summary = run->latencies()->Summarize();
  const double seconds = run->elapsed().count();
  const double rate = seconds > 0 ? static_cast<double>(summary.count) / seconds : 0;
  const uint64_t size = base::ParseSize(flags.size).value_or(0);
  if (!json) {
    return fmt::format(
        "outstanding={} size={} ack={} scope={} events={} events/s={:.0f} p50={}us p99={}us "
        "max={}us",
        run->outstanding_max(), size, flags.ack, flags.scope, summary.count, rate,
        summary.p50.count(), summary.p99.count(), summary.max.count());
  }
  return JsonLine({{"bench", "publish"},
                   {"outstanding", run->outstanding_max()},
                   {"size", size},
                   {"ack", flags.ack},
                   {"scope", flags.scope},
                   {"events", summary.count},
                   {"seconds", seconds},
                   {"eventspersecond", rate},
                   {"p50us", summary.p50.count()},
                   {"p99us", summary.p99.count()},
                   {"maxus", summary.max.count()}});
}

int RunBenchPublish(const Context& context, const BenchFlags& flags) {
  const auto client = Connect(context, "bench publish");
  if (!client.ok()) {
    return Fail(client.status());
  }
  Output output(1);
  for (const uint64_t outstanding : flags.outstanding) {
    BenchRun run(client->get(), flags, outstanding,
                 {.ack = flags.ack == "accepted" ? Ack::kAccepted : Ack::kCommitted,
                  .timeout = context.timeout});
    const absl::Status status = run.Run();
    if (!status.ok()) {
      return Fail(status);
    }
    output.Line(ResultLine(&run, flags, context.json));
    if (const std::optional<int> ended = output.Flush()) {
      return *ended;
    }
  }
  return kExitOk;
}

}  // namespace

void AddBenchPublish(CLI::App* bench, const Context* context, Run* run) {
  CLI::App* const command =
      bench->add_subcommand("publish", "publishes a second, and how long one takes");
  const auto flags = std::make_shared<BenchFlags>();
  command->add_option("--size", flags->size, "bytes of data (default 256)")
      ->check(IsSize())
      ->type_name("SIZE");
  CLI::Option* const count =
      command->add_option("--count", flags->count, "events of each run")->check(IsCount());
  count->type_name("N");
  command->add_option("--seconds", flags->duration, "time of each run (default 3s)")
      ->check(IsDuration())
      ->excludes(count)
      ->type_name("DURATION");
  command->add_option("--outstanding", flags->outstanding, "publishes on their way; repeatable")
      ->check(IsCount())
      ->allow_extra_args(false)
      ->type_name("N");
  command->add_option("--ack", flags->ack, "committed (default) or accepted")
      ->check(CLI::IsMember({"accepted", "committed"}))
      ->type_name("ACK");
  command->add_option("--scope", flags->scope, "global (default) or local")
      ->check(CLI::IsMember({"global", "local"}))
      ->type_name("SCOPE");
  command->footer(kBenchPublishFooter);
  command->callback([=] { *run = [=] { return RunBenchPublish(*context, *flags); }; });
}

}  // namespace peal::tool
