#include "tools/peald/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "core/base/version.h"

namespace peal::daemon {
namespace {

constexpr int kExitUsage = 64;
constexpr int kExitNoInput = 66;
constexpr int kExitConfig = 78;
constexpr const char* kDefaultConfig = "/etc/peal/peald.toml";

int ConfigExitCode(const absl::Status& status) {
  return status.code() == absl::StatusCode::kNotFound ? kExitNoInput : kExitConfig;
}

}  // namespace

ParsedOptions ParseOptions(int argc, const char* const* argv) {
  std::string config_file = kDefaultConfig;
  std::string node;
  std::string data_dir;
  std::string socket;
  Options options;

  CLI::App app("peald: the daemon of Peal, a totally ordered event bus.", "peald");
  auto* config =
      app.add_option("--config", config_file, "Configuration file, and conf.d/*.toml beside it")
          ->capture_default_str();
  app.add_flag("--standalone", options.standalone, "A bus of this machine alone, without corosync");
  app.add_option("--node", node,
                 "Name of this node (with --standalone; else corosync's nodelist has it)");
  app.add_option("--data", data_dir, "Folder for what the daemon keeps");
  app.add_option("--socket", socket, "Socket for clients");
  app.add_flag("--check-config", options.check_config,
               "Read the configuration, say what is wrong, end");
  app.set_version_flag("--version", kVersion);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    app.exit(asked);
    return {std::nullopt, 0};
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "peald: {}\nTry 'peald --help'.\n", error.what());
    return {std::nullopt, kExitUsage};
  }

  if (!node.empty() && !options.standalone) {
    fmt::print(stderr,
               "peald: --node goes with --standalone; corosync's nodelist has this node's name\n");
    return {std::nullopt, kExitUsage};
  }
  absl::StatusOr<Config> loaded = LoadConfig(config_file, config->count() > 0);
  if (!loaded.ok()) {
    fmt::print(stderr, "peald: {}\n", std::string(loaded.status().message()));
    return {std::nullopt, ConfigExitCode(loaded.status())};
  }
  options.config = *std::move(loaded);
  const auto override = [](const std::string& given, std::string* setting) {
    if (!given.empty()) {
      *setting = given;
    }
  };
  override(node, &options.config.node);
  override(data_dir, &options.config.data_dir);
  override(socket, &options.config.socket);
  return {std::move(options), 0};
}

}  // namespace peal::daemon
