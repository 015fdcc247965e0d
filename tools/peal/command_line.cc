#include "tools/peal/command_line.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

#include "core/base/version.h"
#include "fmt/format.h"
#include "tools/peal/checks.h"
#include "tools/peal/exit_code.h"
#include "tools/peal/suggest.h"

namespace peal::tool {
namespace {

constexpr char kExitCodes[] =
    "Exit codes: 0 done, 1 error, 64 usage, 65 bad data, 66 no such input, 69 daemon unreachable, "
    "74 I/O,\n"
    "75 busy, 77 not permitted, 78 configuration, 104 verification failed, 105 no such class or "
    "name,\n"
    "106 no primary component, 108 condition not met, 110 history trimmed, 124 timed out.";

// Environment variables are read here only, before any thread.
std::string Environment(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread.
  return value == nullptr ? std::string() : std::string(value);
}

bool WantsColor() {
  return isatty(STDOUT_FILENO) == 1 && Environment("NO_COLOR").empty() &&
         Environment("TERM") != "dumb";
}

int Usage(std::string_view message) {
  return Fail(
      kExitUsage,
      fmt::format("{}\n      'peal --help' and 'peal COMMAND --help' show what there is", message));
}

// The commands or flags that could have stood where `word` stands.
std::vector<std::string> Candidates(const CLI::App& app, bool flag) {
  std::vector<std::string> names;
  if (!flag) {
    for (const CLI::App* command : app.get_subcommands({})) {
      names.push_back(command->get_name());
      names.insert(names.end(), command->get_aliases().begin(), command->get_aliases().end());
    }
    return names;
  }
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  return names;
}

// What the parser did not know: the first of `extras`, with the nearest thing that it would have
// known.
int Unknown(const CLI::App& app, const std::string& word) {
  const bool flag = word.starts_with('-');
  const CLI::App* innermost = &app;
  std::vector<std::string> known = Candidates(app, flag);
  while (!innermost->get_subcommands().empty()) {
    innermost = innermost->get_subcommands().front();
    const std::vector<std::string> more = Candidates(*innermost, flag);
    known.insert(known.end(), more.begin(), more.end());
  }
  const bool takes_command = !innermost->get_subcommands({}).empty();
  const std::string_view what = flag ? "flag" : takes_command ? "command" : "argument";
  const std::string name = word.substr(0, word.find('='));
  // A word too many is no command misspelt.
  const std::string nearest = flag || takes_command ? Nearest(name, known) : std::string();
  return Usage(fmt::format("unknown {} '{}'{}", what, name,
                           nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest)));
}

// Arguments from the first `--` on are not the parser's.
std::optional<std::vector<std::string>> CutCommand(std::vector<std::string>* arguments) {
  const auto dashes = std::find(arguments->begin(), arguments->end(), "--");
  if (dashes == arguments->end()) {
    return std::nullopt;
  }
  std::vector<std::string> command(dashes + 1, arguments->end());
  arguments->erase(dashes, arguments->end());
  return command;
}

// `--data=` gives an empty value; the parser would take the next argument for it.
std::vector<std::string> SplitEmptyValues(const std::vector<std::string>& arguments) {
  std::vector<std::string> split;
  for (const std::string& argument : arguments) {
    const bool empty_value =
        argument.starts_with("--") && argument.find('=') + 1 == argument.size();
    split.push_back(empty_value ? argument.substr(0, argument.size() - 1) : argument);
    if (empty_value) {
      split.emplace_back();
    }
  }
  return split;
}

// The parser and what it fills, for one command line.
class Parser {
 public:
  // What fits into a sockaddr_un.
  static constexpr size_t kSocketPathBytesMax = 107;

  explicit Parser(CommandLine* out) : out_(out), context_(&out->context) {
    const std::string socket_path = Environment("PEAL_SOCKET");
    if (!socket_path.empty()) {
      context_->socket_path = socket_path;
    }
    context_->color = WantsColor();
    AddGlobalFlags();
    AddCommands();
  }

  int Parse(std::vector<std::string> arguments) {
    const std::optional<std::vector<std::string>> command = CutCommand(&arguments);
    arguments = SplitEmptyValues(arguments);
    // The parser takes its arguments from the back.
    std::reverse(arguments.begin(), arguments.end());
    try {
      app_.parse(std::move(arguments));
    } catch (const CLI::Success& success) {
      return app_.exit(success);
    } catch (const CLI::ParseError& error) {
      return Usage(error.what());
    }
    return Check(command);
  }

 private:
  void AddGlobalFlags() {
    app_.name("peal");
    app_.description("Peal: a totally ordered event bus for this cluster");
    app_.footer(kExitCodes);
    app_.set_version_flag("--version", std::string("peal ") + kVersion);
    app_.add_option("--socket", context_->socket_path,
                    "the daemon's socket (default PEAL_SOCKET, then "
                    "/run/peal/peal.sock)")
        ->type_name("PATH");
    app_.add_flag("--json", context_->json, "one JSON document a line");
    app_.add_option("--timeout", timeout_, "how long to wait for the daemon (default 10s)")
        ->check(IsDuration())
        ->type_name("DURATION");
  }

  void AddCommands() {
    Run* const run = &out_->run;
    AddStatus(&app_, context_, run);
    AddPublish(&app_, context_, run);
    subscribe_ = AddSubscribe(&app_, context_, run);
    AddLs(&app_, context_, run);
    AddBarrier(&app_, context_, run);
    AddCluster(&app_, context_, run);
    AddSubscription(&app_, context_, run);
    AddFilter(&app_, context_, run);
    CLI::App* const bench = app_.add_subcommand("bench", "measures this installation");
    AddBenchPublish(bench, context_, run);
    AddBenchSubscribe(bench, context_, run);
    AddBenchOrdering(bench, context_, run);
    AddBenchFilter(bench, context_, run);
    AddBenchJournal(bench, context_, run);
    AddBenchCpg(bench, context_, run);
    Forgive(&app_);
  }

  // What a command does not know goes to the one above, where the global flags are; what nobody
  // knows is collected, so that the error can be ours.
  static void Forgive(CLI::App* app) {
    app->require_subcommand(0, 1);
    app->allow_extras();
    for (CLI::App* command : app->get_subcommands({})) {
      command->fallthrough();
      Forgive(command);
    }
  }

  int Check(const std::optional<std::vector<std::string>>& command) {
    const std::vector<std::string> extras = app_.remaining(true);
    if (!extras.empty()) {
      return Unknown(app_, extras.front());
    }
    if (!out_->run) {
      if (app_.get_subcommands().empty()) {
        return Usage("a command is missing");
      }
      return Usage(app_.got_subcommand("cluster")
                       ? "cluster needs what to do: bootstrap, admit NODE or forget NODE"
                       : "bench needs what to measure, such as publish");
    }
    if (command && !app_.got_subcommand(subscribe_)) {
      return Usage("'-- CMD' goes with subscribe only");
    }
    if (command && command->empty()) {
      return Usage("a command is missing after '--'");
    }
    context_->event_command = command.value_or(std::vector<std::string>());
    context_->timeout = std::chrono::ceil<std::chrono::milliseconds>(DurationOf(timeout_));
    if (context_->timeout == std::chrono::milliseconds::zero()) {
      return Usage("--timeout 0s leaves no time for anything; try 1s");
    }
    if (const size_t bytes = context_->socket_path.size();
        bytes == 0 || bytes > kSocketPathBytesMax) {
      return Usage(fmt::format("a socket path of {} bytes, 1 to {} are possible", bytes,
                               kSocketPathBytesMax));
    }
    return kExitOk;
  }

  CommandLine* const out_;
  Context* const context_;
  CLI::App app_;
  CLI::App* subscribe_ = nullptr;
  std::string timeout_ = "10s";
};

}  // namespace

void ParseCommandLine(const std::vector<std::string>& arguments, CommandLine* out) {
  Parser parser(out);
  out->exit_code = parser.Parse(arguments);
  if (out->exit_code != kExitOk) {
    out->run = nullptr;
  }
}

}  // namespace peal::tool
