// peal subscribe
#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

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
    "(128 + N when signal N ended it, 127 when it was not found).";

struct SubscribeFlags {
  std::vector<std::string> types;
  std::string where;
  std::string scope = "all";
  std::string from = "new";
  uint64_t count = 0;
  std::string idle;
};

// new, first, or a globalseq: the whole error otherwise.
std::string FromError(const std::string& text) {
  if (text == "new" || text == "first" || CountOf(text)) {
    return {};
  }
  return fmt::format(
      "'{}' is no place to start: new, first, or a globalseq from 1 such as 4711 is accepted",
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
  } else if (flags.from != "new") {
    options.from = SubscribeOptions::From::kSequence;
    options.from_sequence = *CountOf(flags.from);  // Checked by the parser.
  }
  return options;
}

int RunSubscribe(const Context& context, const SubscribeFlags& flags) {
  const auto client = Connect(context, "subscribe");
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
  command->add_option("--from", flags->from, "new (default), first, or a globalseq")
      ->check(CLI::Validator([](std::string& text) { return FromError(text); }, ""))
      ->type_name("FROM");
  command->add_option("--count", flags->count, "end after N events")
      ->check(IsCount())
      ->type_name("N");
  command->add_option("--idle", flags->idle, "end after D of silence")
      ->check(IsDuration())
      ->type_name("DURATION");
  command->footer(kSubscribeFooter);
  command->callback([=] { *run = [=] { return RunSubscribe(*context, *flags); }; });
  return command;
}

}  // namespace peal::tool
