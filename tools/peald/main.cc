// peald: wiring only.
#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "core/base/version.h"
#include "core/log.h"
#include "ordering/corosync/cpg_group.h"
#include "ordering/replica/standalone.h"
#include "tools/peald/daemon.h"
#include "tools/peald/identity.h"
#include "tools/peald/options.h"
#include "tools/peald/storage.h"

namespace peal::daemon {
namespace {

constexpr int kExitError = 1;

std::unique_ptr<ordering::Group> MakeGroup(const Options& options, io::Loop* loop) {
  if (options.standalone) {
    return std::make_unique<ordering::StandaloneGroup>(loop, options.config.node);
  }
  return std::make_unique<ordering::corosync::CpgGroup>(loop);
}

int Run(Options options) {
  log::SetLevel(*log::LevelFromName(options.config.log_level));
  if (options.config.node.empty()) {
    options.config.node = HostName();
  }
  absl::StatusOr<Identity> identity = TakeIdentity(options.config.data_dir);
  if (!identity.ok()) {
    log::Error("{}", std::string(identity.status().message()));
    return kExitError;
  }
  // The order of construction is the reverse of who is used by whom: the daemon goes first.
  const std::unique_ptr<io::Loop> loop = io::MakeAsioLoop();
  absl::StatusOr<Storage> storage = OpenStorage(loop.get(), options.config);
  if (!storage.ok()) {
    log::Error("{}", std::string(storage.status().message()));
    return kExitError;
  }
  const std::unique_ptr<ordering::Group> group = MakeGroup(options, loop.get());
  Daemon daemon({loop.get(), storage->journal.get(), group.get()}, options, identity->incarnation,
                std::move(storage->recovered));
  if (const absl::Status started = daemon.Start(); !started.ok()) {
    log::Error("{}", std::string(started.message()));
    return kExitError;
  }
  log::Info("peald {} incarnation {}: {}, socket {}", kVersion, identity->incarnation.value(),
            options.standalone ? "standalone" : "on corosync", options.config.socket);
  loop->Run();
  log::Info("peald ended");
  return 0;
}

}  // namespace
}  // namespace peal::daemon

int main(int argc, char** argv) {
  // It writes a line for each message that is none, without a bound, whoever sends them; we say so
  // ourselves, within a budget.
  google::protobuf::SetLogHandler(nullptr);
  peal::daemon::ParsedOptions parsed = peal::daemon::ParseOptions(argc, argv);
  if (!parsed.options) {
    return parsed.exit_code;
  }
  if (parsed.options->check_config) {
    fmt::print("peald: the configuration is good\n");
    return 0;
  }
  return peal::daemon::Run(*std::move(parsed.options));
}
