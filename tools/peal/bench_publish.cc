// peal bench publish
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time_format.h"
#include "fmt/format.h"
#include "tools/peal/bench_limits.h"
#include "tools/peal/checks.h"
#include "tools/peal/commands.h"
#include "tools/peal/delivery_load.h"
#include "tools/peal/exit_code.h"
#include "tools/peal/json_text.h"
#include "tools/peal/output.h"
#include "tools/peal/publish_load.h"

namespace peal::tool {
namespace {

constexpr char kBenchPublishFooter[] =
    "Keeps a number of publishes waiting for their answer and measures each from call to answer: "
    "once with 1\n"
    "(a closed loop) and once with 1000, or with each --outstanding given. With --subscriber, also "
    "from call\n"
    "to arrival there, at half of the last rate. Before that it measures what the disk and raw CPG "
    "do, where it\n"
    "can reach them. The events have types bench.* and reach every subscriber that asked for them.";

constexpr uint64_t kPublishersMax = 64;

struct BenchFlags {
  std::string size = "256";
  uint64_t count = 0;
  std::string duration = "3s";
  std::vector<uint64_t> outstanding = {1, 1000};
  uint64_t publishers = 1;
  std::string ack = "committed";
  std::string scope = "global";
  std::string data = "/var/lib/peal";
  std::string subscriber;

  uint64_t size_bytes() const { return base::ParseSize(size).value_or(0); }  // Checked before.
};

Event BenchEvent(const BenchFlags& flags, const std::string& type) {
  Event event;
  event.type = type;
  event.scope = flags.scope == "local" ? Scope::kLocal : Scope::kGlobal;
  event.datacontenttype = "application/octet-stream";
  return event;
}

// The part of what raw CPG moves that a rate of events moves as data.
std::optional<double> ShareOfCpg(double events_per_s, const BenchFlags& flags,
                                 const BenchLimits& limits) {
  return limits.cpg ? std::optional(events_per_s * static_cast<double>(flags.size_bytes()) /
                                    limits.cpg->bytes_per_s)
                    : std::nullopt;
}

std::string LoadLine(const PublishLoadResult& result, const BenchFlags& flags,
                     const BenchLimits& limits, bool json) {
  const Latencies::Summary summary = result.latencies.Summarize();
  const std::optional<double> share = ShareOfCpg(result.events_per_s(), flags, limits);
  if (!json) {
    const std::string of_cpg = share ? fmt::format(" of raw CPG={:.1f}%", 100 * *share) : "";
    return fmt::format(
        "publishers={} outstanding={} size={} ack={} scope={} events={} events/s={:.0f} p50={}us "
        "p99={}us max={}us{}",
        flags.publishers, result.outstanding, flags.size_bytes(), flags.ack, flags.scope,
        summary.count, result.events_per_s(), summary.p50.count(), summary.p99.count(),
        summary.max.count(), of_cpg);
  }
  Json line = {{"bench", "publish"},
               {"publishers", flags.publishers},
               {"outstanding", result.outstanding},
               {"size", flags.size_bytes()},
               {"ack", flags.ack},
               {"scope", flags.scope},
               {"events", summary.count},
               {"seconds", result.seconds},
               {"eventspersecond", result.events_per_s()},
               {"p50us", summary.p50.count()},
               {"p99us", summary.p99.count()},
               {"maxus", summary.max.count()}};
  if (share) {
    line["shareofcpg"] = *share;
  }
  line["limits"] = LimitsJson(limits);
  return JsonLine(line);
}

std::string DeliveryLine(const DeliveryLoadResult& result, const BenchFlags& flags,
                         const BenchLimits& limits, bool json) {
  const Latencies::Summary summary = result.latencies.Summarize();
  if (!json) {
    return fmt::format(
        "to a subscriber at {}, at half load: size={} events={} events/s={:.0f} p50={}us p99={}us "
        "max={}us",
        result.subscriber_node, flags.size_bytes(), summary.count, result.events_per_s,
        summary.p50.count(), summary.p99.count(), summary.max.count());
  }
  return JsonLine({{"bench", "delivery"},
                   {"subscribernode", result.subscriber_node},
                   {"size", flags.size_bytes()},
                   {"scope", flags.scope},
                   {"events", summary.count},
                   {"eventspersecond", result.events_per_s},
                   {"p50us", summary.p50.count()},
                   {"p99us", summary.p99.count()},
                   {"maxus", summary.max.count()},
                   {"limits", LimitsJson(limits)}});
}

class BenchPublish {
 public:
  BenchPublish(const Context& context, const BenchFlags& flags)
      : context_(context), flags_(flags) {}

  int Run() {
    limits_ = {.disk = DiskLimitsOf(flags_.data), .core = std::nullopt, .cpg = CpgLimitsHere()};
    if (!context_.json) {
      output_.Line(LimitsText(limits_));
    }
    for (const uint64_t outstanding : flags_.outstanding) {
      if (const std::optional<int> ended = RunLoad(outstanding)) {
        return *ended;
      }
    }
    return flags_.subscriber.empty() ? kExitOk : RunDelivery();
  }

 private:
  std::optional<int> RunLoad(uint64_t outstanding) {
    const Result<PublishLoadResult> result = RunPublishLoad(
        context_, {.event = BenchEvent(flags_, "bench.event"),
                   .data_bytes = flags_.size_bytes(),
                   .ack = flags_.ack == "accepted" ? Ack::kAccepted : Ack::kCommitted,
                   .publishers = flags_.publishers,
                   .outstanding = outstanding,
                   .count = flags_.count,
                   .time = DurationOf(flags_.duration)});
    if (!result.ok()) {
      return Fail(result.status());
    }
    last_rate_ = result->events_per_s();
    output_.Line(LoadLine(*result, flags_, limits_, context_.json));
    return output_.Flush();
  }

  int RunDelivery() {
    const Event event = BenchEvent(flags_, fmt::format("bench.delivery.{}", getpid()));
    const Result<DeliveryLoadResult> result =
        MeasureDeliveryLoad(context_, {.subscriber_socket = flags_.subscriber,
                                       .load = {.event = event,
                                                .data_bytes = flags_.size_bytes(),
                                                .events_per_s = std::max(last_rate_ / 2, 1.0),
                                                .time = DurationOf(flags_.duration)}});
    if (!result.ok()) {
      return Fail(result.status());
    }
    output_.Line(DeliveryLine(*result, flags_, limits_, context_.json));
    return output_.Flush().value_or(kExitOk);
  }

  const Context& context_;
  const BenchFlags& flags_;
  BenchLimits limits_;
  double last_rate_ = 0;
  Output output_{1};
};

void AddEventFlags(CLI::App* command, BenchFlags* flags) {
  command->add_option("--size", flags->size, "bytes of data (default 256)")
      ->check(IsSize())
      ->type_name("SIZE");
  command->add_option("--ack", flags->ack, "committed (default) or accepted")
      ->check(CLI::IsMember({"accepted", "committed"}))
      ->type_name("ACK");
  command->add_option("--scope", flags->scope, "global (default) or local")
      ->check(CLI::IsMember({"global", "local"}))
      ->type_name("SCOPE");
}

}  // namespace

void AddBenchPublish(CLI::App* bench, const Context* context, Run* run) {
  CLI::App* const command =
      bench->add_subcommand("publish", "publishes a second, and how long one takes");
  const auto flags = std::make_shared<BenchFlags>();
  AddEventFlags(command, flags.get());
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
  command
      ->add_option("--publishers", flags->publishers,
                   "connections that share them, up to 64 (default 1)")
      ->check(IsCountUpTo(kPublishersMax))
      ->type_name("N");
  command
      ->add_option("--subscriber", flags->subscriber,
                   "socket of the daemon where a subscriber waits")
      ->type_name("PATH");
  command
      ->add_option("--data", flags->data,
                   "a folder on the daemon's disk, to measure that (default /var/lib/peal)")
      ->type_name("DIR");
  command->footer(kBenchPublishFooter);
  command->callback([=] { *run = [=] { return BenchPublish(*context, *flags).Run(); }; });
}

}  // namespace peal::tool
