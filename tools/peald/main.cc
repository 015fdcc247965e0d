// peald: wiring only.
#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/base/version.h"
#include "core/base/wall_clock.h"
#include "core/io/descriptors.h"
#include "core/log.h"
#include "core/server/local_history.h"
#include "core/server/local_log.h"
#include "ordering/corosync/cpg_group.h"
#include "ordering/replica/standalone.h"
#include "tools/peald/daemon.h"
#include "tools/peald/identity.h"
#include "tools/peald/options.h"
#include "tools/peald/orphan.h"
#include "tools/peald/storage.h"

namespace peal::daemon {
namespace {

constexpr int kExitError = 1;

// Of a client: its socket, and the loop's duplicates to read and to write.
constexpr size_t kSessionDescriptors = 3;
// Beside them: files, corosync, producers, and the clients of one wake-up that are refused.
constexpr size_t kOwnDescriptors = 256;

// Service managers start a process with a limit of 1,024, which select(2) asks for; nothing here
// uses that. Without a descriptor the loop cannot serve what was accepted: no more are accepted
// than it can serve.
size_t SessionsAllowed(size_t sessions_max) {
  const size_t wanted = kSessionDescriptors * sessions_max + kOwnDescriptors;
  const size_t allowed = io::AllowDescriptors(wanted);
  if (allowed >= wanted) {
    return sessions_max;
  }
  const size_t rest = allowed - std::min(allowed, kOwnDescriptors);
  const size_t sessions = std::max(rest / kSessionDescriptors, size_t{1});
  log::Warn(
      "{} descriptors are allowed, sessions_max = {} takes {}: {} clients are served; raise the "
      "hard limit (LimitNOFILE=), or lower sessions_max",
      allowed, sessions_max, wanted, sessions);
  return sessions;
}

std::unique_ptr<ordering::Group> MakeGroup(const Options& options, io::Loop* loop) {
  if (options.standalone) {
    return std::make_unique<ordering::StandaloneGroup>(loop, options.config.node);
  }
  return std::make_unique<ordering::corosync::CpgGroup>(loop);
}

struct Orphan {
  std::string folder;
  Daemon::Overtaken overtaken;
};

// Until the daemon is ended, or its log is overtaken: then it says so, and the log is set aside.
int RunOnce(const Options& options, std::optional<Orphan>* orphan) {
  absl::StatusOr<Identity> identity = TakeIdentity(options.config.data_dir);
  if (!identity.ok()) {
    log::Error("{}", std::string(identity.status().message()));
    return kExitError;
  }
  // The order of construction is the reverse of who is used by whom: the daemon goes first.
  const std::unique_ptr<io::Loop> loop = io::MakeAsioLoop();
  absl::StatusOr<Storage> storage =
      OpenStorage(loop.get(), options.config, *orphan ? (*orphan)->overtaken.journal_id : "");
  if (!storage.ok()) {
    log::Error("{}", std::string(storage.status().message()));
    return kExitError;
  }
  const std::unique_ptr<ordering::Group> group = MakeGroup(options, loop.get());
  journal::SegmentedJournal* const local = storage->local.journal.get();
  server::LocalLog local_log({loop.get(), local, local, base::UnixTimeUs}, storage->last_local);
  server::LocalHistory local_history(loop.get(), local, &local_log);
  journal::SegmentedJournal* const journal = storage->order.journal.get();
  Daemon daemon({loop.get(), journal, group.get(), journal, &local_log, &local_history}, options,
                identity->incarnation, std::move(storage->recovered));
  if (const absl::Status started = daemon.Start(); !started.ok()) {
    log::Error("{}", std::string(started.message()));
    return kExitError;
  }
  log::Info("peald {} incarnation {}: {}, socket {}", kVersion, identity->incarnation.value(),
            options.standalone ? "standalone" : "on corosync", options.config.socket);
  if (*orphan) {
    daemon.AnnounceOrphan((*orphan)->folder, (*orphan)->overtaken.why);
    orphan->reset();
  }
  loop->Run();
  if (daemon.overtaken()) {
    *orphan = Orphan{"", *daemon.overtaken()};
  }
  return 0;
}

int Run(Options options) {
  log::SetLevel(*log::LevelFromName(options.config.log_level));
  if (options.config.node.empty()) {
    options.config.node = HostName();
  }
  options.config.sessions_max = SessionsAllowed(options.config.sessions_max);
  std::optional<Orphan> orphan;
  int exit_code = RunOnce(options, &orphan);
  while (exit_code == 0 && orphan) {
    absl::StatusOr<std::string> folder = SetAsideOrphan(options.config.data_dir);
    if (!folder.ok()) {
      log::Error("{}", std::string(folder.status().message()));
      return kExitError;
    }
    log::Error("the log that this node ordered apart is kept in {}; it begins with a new journal",
               *folder);
    orphan->folder = *std::move(folder);
    exit_code = RunOnce(options, &orphan);
  }
  log::Info("peald ended");
  return exit_code;
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
