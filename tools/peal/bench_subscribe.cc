// peal bench subscribe
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "core/base/status_macros.h"
#include "core/base/time_format.h"
#include "fmt/format.h"
#include "tools/peal/bench_limits.h"
#include "tools/peal/catch_up.h"
#include "tools/peal/checks.h"
#include "tools/peal/commands.h"
#include "tools/peal/delivery_load.h"
#include "tools/peal/exit_code.h"
#include "tools/peal/idle_sessions.h"
#include "tools/peal/json_text.h"
#include "tools/peal/output.h"

namespace peal::tool {
namespace {

constexpr char kBenchSubscribeFooter[] =
    "Measures, one after the other: what idle --sessions cost the daemon; how many events reach\n"
    "subscribers that want them all; how long one takes at half of that load, or at --rate, first\n"
    "while all read and then beside --stopped that do not; and how fast a subscriber gets on that "
    "is\n"
    "--behind. The events have types bench.* and reach every subscriber that asked for them.\n"
    "Subscribers and publisher run on this machine too, and take their part of it.";

constexpr uint64_t kSubscribersMax = 1000;
constexpr uint64_t kBehindMax = 100'000'000;
constexpr uint64_t kSessionsMax = 100'000;
constexpr uint64_t kRateMax = 10'000'000;
constexpr double kMiB = 1 << 20;

struct BenchSubscribeFlags {
  std::string size = "256";
  std::string duration = "3s";
  uint64_t subscribers = 100;
  uint64_t stopped = 1;
  uint64_t behind = 1'000'000;
  uint64_t sessions = 1000;
  uint64_t rate = 0;  // 0: half of what was reached.

  uint64_t size_bytes() const { return base::ParseSize(size).value_or(0); }  // Checked before.
};

std::string MiBText(int64_t bytes) {
  return fmt::format("{:+.1f}MiB", static_cast<double>(bytes) / kMiB);
}

class BenchSubscribe {
 public:
  BenchSubscribe(const Context& context, const BenchSubscribeFlags& flags)
      : context_(context), flags_(flags) {
    event_.type = fmt::format("bench.subscribe.{}", getpid());  // Of this run only.
    event_.datacontenttype = "application/octet-stream";
  }

  int Run() {
    limits_ = {.disk = std::nullopt, .core = CoreLimitsHere(), .cpg = std::nullopt};
    if (!context_.json) {
      Print(LimitsText(limits_));
    }
    // Idle sessions first: a daemon keeps some of the memory that a load has taken.
    for (const auto step : {&BenchSubscribe::Idle, &BenchSubscribe::FanOut,
                            &BenchSubscribe::Latency, &BenchSubscribe::CatchUp}) {
      if (const Status status = (this->*step)(); !status.ok()) {
        return Fail(status);
      }
      if (ended_) {
        return *ended_;
      }
    }
    return kExitOk;
  }

 private:
  void Print(const std::string& line) {
    output_.Line(line);
    if (!ended_) {
      ended_ = output_.Flush();
    }
  }

  void PrintJson(Json line) {
    line["limits"] = LimitsJson(limits_);
    Print(JsonLine(line));
  }

  Result<DeliveryLoadResult> Deliver(uint64_t stopped, double events_per_s, bool measures) {
    return MeasureDeliveryLoad(context_, {.subscriber_socket = context_.socket_path,
                                          .subscribers = flags_.subscribers,
                                          .stopped = stopped,
                                          .load = {.event = event_,
                                                   .data_bytes = flags_.size_bytes(),
                                                   .events_per_s = events_per_s,
                                                   .time = DurationOf(flags_.duration)},
                                          .measures = measures});
  }

  Status FanOut() {
    PEAL_ASSIGN_OR_RETURN(const DeliveryLoadResult result, Deliver(0, 0, false));
    rate_ = result.deliveries_per_s / static_cast<double>(flags_.subscribers);
    if (context_.json) {
      PrintJson({{"bench", "fanout"},
                 {"subscribers", flags_.subscribers},
                 {"size", flags_.size_bytes()},
                 {"events", result.events},
                 {"deliveriespersecond", result.deliveries_per_s}});
    } else {
      Print(fmt::format("fan-out: subscribers={} size={} events={} deliveries/s={:.0f}",
                        flags_.subscribers, flags_.size_bytes(), result.events,
                        result.deliveries_per_s));
    }
    return {};
  }

  Status Latency() {
    PEAL_RETURN_IF_ERROR(LatencyBeside(0));
    return flags_.stopped == 0 ? Status() : LatencyBeside(flags_.stopped);
  }

  Status LatencyBeside(uint64_t stopped) {
    const double rate = flags_.rate == 0 ? rate_ / 2 : static_cast<double>(flags_.rate);
    PEAL_ASSIGN_OR_RETURN(const DeliveryLoadResult result, Deliver(stopped, rate, true));
    const Latencies::Summary summary = result.latencies.Summarize();
    if (context_.json) {
      Json line = {{"bench", "delivery"},          {"subscribers", flags_.subscribers},
                   {"stopped", stopped},           {"size", flags_.size_bytes()},
                   {"events", result.events},      {"eventspersecond", result.events_per_s},
                   {"p50us", summary.p50.count()}, {"p99us", summary.p99.count()},
                   {"maxus", summary.max.count()}};
      if (result.memory_growth_bytes) {
        line["daemongrowthbytes"] = *result.memory_growth_bytes;
      }
      PrintJson(line);
      return {};
    }
    Print(fmt::format(
        "{}: subscribers={} stopped={} events/s={:.0f} p50={}us p99={}us max={}us{}",
        flags_.rate == 0 ? "half load" : "load", flags_.subscribers, stopped, result.events_per_s,
        summary.p50.count(), summary.p99.count(), summary.max.count(),
        result.memory_growth_bytes ? " daemon " + MiBText(*result.memory_growth_bytes) : ""));
    return {};
  }

  Status CatchUp() {
    if (flags_.behind == 0) {
      return {};
    }
    PEAL_ASSIGN_OR_RETURN(const CatchUpResult result,
                          MeasureCatchUp(context_, {.event = event_,
                                                    .data_bytes = flags_.size_bytes(),
                                                    .events = flags_.behind}));
    if (context_.json) {
      PrintJson({{"bench", "catchup"},
                 {"size", flags_.size_bytes()},
                 {"events", result.events},
                 {"seconds", result.seconds},
                 {"eventspersecond", result.events_per_s()}});
    } else {
      Print(fmt::format("behind: size={} events={} events/s={:.0f}", flags_.size_bytes(),
                        result.events, result.events_per_s()));
    }
    return {};
  }

  Status Idle() {
    if (flags_.sessions == 0) {
      return {};
    }
    PEAL_ASSIGN_OR_RETURN(const IdleSessionsResult result,
                          MeasureIdleSessions(context_, flags_.sessions, event_.type + ".never",
                                              std::chrono::ceil<std::chrono::milliseconds>(
                                                  DurationOf(flags_.duration))));
    if (context_.json) {
      PrintJson({{"bench", "idle"},
                 {"sessions", flags_.sessions},
                 {"daemongrowthbytes", result.memory_growth_bytes},
                 {"coreshare", result.core_share}});
    } else {
      Print(fmt::format("idle: sessions={} daemon {} core={:.2f}%", flags_.sessions,
                        MiBText(result.memory_growth_bytes), 100 * result.core_share));
    }
    return {};
  }

  const Context& context_;
  const BenchSubscribeFlags& flags_;
  Event event_;
  BenchLimits limits_;
  double rate_ = 0;  // Of events that all subscribers got.
  Output output_{1};
  std::optional<int> ended_;
};

}  // namespace

void AddBenchSubscribe(CLI::App* bench, const Context* context, Run* run) {
  CLI::App* const command =
      bench->add_subcommand("subscribe", "deliveries a second, late ones, and slow consumers");
  const auto flags = std::make_shared<BenchSubscribeFlags>();
  command->add_option("--size", flags->size, "bytes of data (default 256)")
      ->check(IsSize())
      ->type_name("SIZE");
  command->add_option("--seconds", flags->duration, "time of each run (default 3s)")
      ->check(IsDuration())
      ->type_name("DURATION");
  command
      ->add_option("--subscribers", flags->subscribers,
                   "that want every event, up to 1000 (default 100)")
      ->check(IsCountUpTo(kSubscribersMax))
      ->type_name("N");
  command
      ->add_option("--rate", flags->rate,
                   "events a second for latencies; 0: half of what was reached (default 0)")
      ->check(IsNoneOrCountUpTo(kRateMax))
      ->type_name("N");
  command->add_option("--stopped", flags->stopped, "that read nothing; 0: none (default 1)")
      ->check(IsNoneOrCountUpTo(kSubscribersMax))
      ->type_name("N");
  command
      ->add_option("--behind", flags->behind,
                   "events that one is behind; 0: not measured (default 1000000)")
      ->check(IsNoneOrCountUpTo(kBehindMax))
      ->type_name("N");
  command
      ->add_option("--sessions", flags->sessions,
                   "that idle, up to 100000; 0: not measured (default 1000)")
      ->check(IsNoneOrCountUpTo(kSessionsMax))
      ->type_name("N");
  command->footer(kBenchSubscribeFooter);
  command->callback([=] { *run = [=] { return BenchSubscribe(*context, *flags).Run(); }; });
}

}  // namespace peal::tool
