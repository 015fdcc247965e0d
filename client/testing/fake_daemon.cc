#include "client/testing/fake_daemon.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/base/version.h"
#include "ordering/replica/journal_entries.h"
#include "producers/class_info.h"
#include "producers/membership/membership.h"
#include "tools/peald/applied_events.h"
#include "tools/peald/own_events.h"

namespace peal::testing {
namespace {

// Memory holds the last event only: what a subscriber still lacks is read from the disk, where it
// can be taken away.
constexpr size_t kHistoryBytes = 1;

ordering::Recovered RecoveredOf(const MemoryDisk& disk) {
  absl::StatusOr<ordering::Recovered> recovered = ordering::FromJournal(disk.Recover());
  PEAL_CHECK(recovered.ok());
  return *std::move(recovered);
}

// Of a trimmed disk without records: where it was trimmed.
server::LocalPlace LastLocalOf(const MemoryDisk& disk) {
  if (disk.records.empty()) {
    return {server::LocalNumber(disk.trimmed.index.value()), disk.trimmed.sequence};
  }
  const absl::StatusOr<server::LocalPlace> last = server::LastPlaceOf(disk.Recover());
  PEAL_CHECK(last.ok());
  return *last;
}

// Counts this start.
Incarnation NextIncarnation(FakeDisk* disk) {
  disk->incarnation = disk->incarnation.Next();
  return disk->incarnation;
}

server::ServerOptions MakeServerOptions(const std::string& node, const FakeDaemonPorts& ports) {
  server::ServerOptions options;
  options.node = node;
  options.incarnation = ports.disk->incarnation;
  options.version = kVersion;
  options.history_bytes = kHistoryBytes;
  options.now_us = [time = ports.time] { return time->now_us(); };
  return options;
}

}  // namespace

FakeDaemon::FakeDaemon(const FakeDaemonPorts& ports, const ordering::ConfiguredNode& node)
    : ports_(ports),
      standalone_(ports.network->nodelist().nodes.size() == 1),
      loop_(ports.time),
      order_journal_(&loop_, &ports.disk->order),
      local_journal_(&loop_, &ports.disk->local),
      local_log_({&loop_, &local_journal_, &local_journal_,
                  [time = ports.time] { return time->now_us(); }},
                 LastLocalOf(ports.disk->local)),
      local_history_(&loop_, &local_journal_, &local_log_),
      // Each daemon is another process.
      group_(ports.network, &loop_,
             {node.node, static_cast<uint32_t>(NextIncarnation(ports.disk).value())}),
      replica_({&loop_, &order_journal_, &group_, this, &order_journal_},
               {ports.disk->incarnation, ordering::JournalId{ports.disk->order.id}},
               {standalone_, node.name, [time = ports.time] { return time->now_us(); }},
               RecoveredOf(ports.disk->order)),
      server_({&loop_, &replica_, this, &local_log_, &local_history_, &order_journal_, this},
              MakeServerOptions(node.name, ports)) {
  replica_.Start();
}

void FakeDaemon::OnReleases(std::vector<ordering::Release> releases) {
  const server::EventChunk applied = daemon::AppliedEvents(releases);
  ports_.on_applied(applied);
  server_.OnApplied(applied);
}

void FakeDaemon::OnPrimary(bool primary, const std::string& why) {
  if (!standalone_) {
    server_.PublishInternal(daemon::IsolatedEvent(!primary, why));
  }
}

void FakeDaemon::OnQuorum(bool quorate) {
  if (!standalone_) {
    server_.PublishInternal(daemon::QuorumEvent(quorate));
  }
}

void FakeDaemon::OnOvertaken(const std::string& /*why*/, bool /*keeps_vote*/) {
  PEAL_CHECK(false);  // A majority decides here, and no node forgets.
}

std::vector<proto::ClassInfo> FakeDaemon::Classes() const {
  return {producers::ToClassInfo(producers::NodeClass())};
}

Sequence FakeDaemon::first() const {
  return std::max(replica_.history_first(), ports_.disk->trimmed.Next());
}

Sequence FakeDaemon::PlaceBefore(int64_t time_us) const {
  return std::max(replica_.history_before(time_us), first());
}

void FakeDaemon::Read(Sequence from, size_t bytes_max, server::History::Callback done) {
  if (from < first()) {
    loop_.Post([done = std::move(done)] { done(absl::NotFoundError("not held")); });
    return;
  }
  replica_.ReadHistory(
      from, bytes_max,
      [done = std::move(done)](const absl::StatusOr<std::vector<ordering::Release>>& releases) {
        if (!releases.ok()) {
          done(releases.status());
          return;
        }
        done(daemon::AppliedEvents(*releases));
      });
}

}  // namespace peal::testing
