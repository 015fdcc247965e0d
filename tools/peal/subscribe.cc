// peal subscribe
#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "core/base/time_format.h"
#include "core/base/wall_clock.h"
#include "fmt/format.h"
#include "tools/peal/checks.h"
#include "tools/peal/commands.h"
#include "tools/peal/exit_code.h"
#include "tools/peal/session.h"
#include "tools/peal/subscriber.h"

namespace peal::tool {
namespace {

constexpr char kSubscribeFooter[] =
    "Ends with 0 on SIGINT, SIGTERM, a closed pipe, after --count events, or after --idle of "
    "silence.\n"
    "-- CMD... runs CMD once an event, one after the other: the event's fields are in PEAL_TYPE, "
    "PEAL_NODE,\n"
    "PEAL_GLOBALSEQ and so on, its attributes in PEAL_ATTR_NAME, and the whole event is JSON on "
    "standard\n"
    "input. Nothing else is printed. The first CMD that fails ends the subscription with its exit "
    "code\n"
    "(128 + N when signal N ended it, 127 when it was not found).\n"
    "With --durable the cluster keeps how far NAME is: to the last event that was written, or for "
    "which\n"
    "CMD exited 0. What came after that comes again.";

struct SubscribeFlags {
  std::vector<std::string> types;
  std::string where;
  std::string scope = "all";
  std::string from = "new";
  uint64_t count = 0;
  std::string idle;
  std::string durable;
};

// RFC 3339, or how long ago: -10m.
std::optional<Timestamp> TimeOf(const std::string& text) {
  if (const absl::StatusOr<Timestamp> time = base::ParseTimestamp(text); time.ok()) {
    return *time;
  }
  const absl::StatusOr<std::chrono::microseconds> ago =
      base::ParseDuration(text.starts_with('-') ? std::string_view(text).substr(1) : "");
  return ago.ok() ? std::optional(Timestamp{base::UnixTimeUs() - ago->count()}) : std::nullopt;
}

// new, first, a globalseq, or a time: the whole error otherwise.
std::string FromError(const std::string& text) {
  if (text == "new" || text == "first" || CountOf(text) || TimeOf(text)) {
    return {};
  }
  return fmt::format(
      "'{}' is no place to start: new, first, a globalseq from 1 such as 4711, or a time such as "
      "2026-01-31T12:00:00Z or -10m is accepted",
      text);
}

SubscribeOptions ToOptions(const SubscribeFlags& flags) {
  SubscribeOptions options;
  options.types = flags.types;
  options.where = flags.where;
  if (flags.scope != "all") {
    options.scope = flags.scope == "local" ? SubscribeScope::kLocal : SubscribeScope::kGlobal;
  }
  if (flags.from == "first") {
    options.from = SubscribeOptions::From::kFirst;
  } else if (const auto sequence = CountOf(flags.from)) {
    options.from = SubscribeOptions::From::kSequence;
    options.from_sequence = *sequence;
  } else if (flags.from != "new") {
    options.from = SubscribeOptions::From::kTime;
    options.from_time = *TimeOf(flags.from);  // Checked by the parser.
  }
  options.durable = flags.durable;
  if (!flags.durable.empty()) {
    options.confirm = SubscribeOptions::Confirm::kByProgram;
  }
  return options;
}

// Whoever looks at a silent terminal should know why it is silent.
void SayConnection(ConnectionState state, const Status& why) {
  if (state == ConnectionState::kAway) {
    Say(fmt::format("{}; it goes on when there is one again", why.message()));
  } else if (state == ConnectionState::kConnected) {
    Say("connected again");
  }
}

int RunSubscribe(const Context& context, const SubscribeFlags& flags) {
  const auto client = Connect(context, "subscribe", SayConnection);
  if (!client.ok()) {
    return Fail(client.status());
  }
  Subscriber subscriber(client->get(), context, flags.count,
                        flags.idle.empty() ? std::nullopt : std::optional(DurationOf(flags.idle)));
  return subscriber.Run(ToOptions(flags));
}

}  // namespace

CLI::App* AddSubscribe(CLI::App* app, const Context* context, Run* run) {
  CLI::App* const command =
      app->add_subcommand("subscribe", "print events as they come, or run CMD on each");
  const auto flags = std::make_shared<SubscribeFlags>();
  command->alias("tail");
  command->add_option("--type", flags->types, "only types like GLOB ('*', '?'); repeatable")
      ->type_name("GLOB")
      ->allow_extra_args(false);
  command->add_option("--where", flags->where, "only events that meet this condition")
      ->type_name("CESQL");
  command->add_option("--scope", flags->scope, "global, local or all (default)")
      ->check(CLI::IsMember({"global", "local", "all"}))
      ->type_name("SCOPE");
  command
      ->add_option("--from", flags->from,
                   "new (default), first, a globalseq, or a time (RFC 3339, or -10m)")
      ->check(CLI::Validator([](std::string& text) { return FromError(text); }, ""))
      ->type_name("FROM");
  command->add_option("--count", flags->count, "end after N events")
      ->check(IsCount())
      ->type_name("N");
  command->add_option("--idle", flags->idle, "end after D of silence")
      ->check(IsDuration())
      ->type_name("DURATION");
  command
      ->add_option("--durable", flags->durable,
                   "go on where the last one of this NAME was, on any node; --from counts for "
                   "the first")
      ->type_name("NAME");
  command->footer(kSubscribeFooter);
  command->callback([=] { *run = [=] { return RunSubscribe(*context, *flags); }; });
  return command;
}

}  // namespace peal::tool
