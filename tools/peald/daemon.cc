#include "tools/peald/daemon.h"

#include <csignal>
#include <utility>

#include "core/base/event_codec.h"
#include "core/base/version.h"
#include "core/base/wall_clock.h"
#include "core/io/account.h"
#include "core/log.h"
#include "producers/class_info.h"
#include "producers/ip/ip_producer.h"
#include "producers/ip/link_producer.h"
#include "producers/membership/membership.h"
#include "tools/peald/applied_events.h"
#include "tools/peald/own_events.h"

namespace peal::daemon {
namespace {

// Without rules the socket's group may do everything, where there is one.
server::Access MakeAccess(std::vector<server::AccessRule> rules) {
  if (rules.empty()) {
    const absl::StatusOr<gid_t> gid = io::FindGroup(io::kSocketGroup);
    if (gid.ok()) {
      rules.push_back({.gid = *gid, .verbs = server::AllVerbs()});
    }
  }
  return {io::OwnCredentials().uid, std::move(rules)};
}

server::ServerOptions MakeServerOptions(const Options& options, Incarnation incarnation) {
  const Config& config = options.config;
  server::ServerOptions out;
  out.node = config.node;
  out.incarnation = incarnation;
  out.version = kVersion;
  out.data_bytes_max = config.data_bytes_max;
  out.access = MakeAccess(config.acl);
  out.sessions_max = config.sessions_max;
  out.sessions_per_uid = config.sessions_per_uid;
  out.publish_rate_per_uid = config.publish_rate_per_uid;
  out.publish_bytes_per_uid = config.publish_bytes_per_uid;
  out.publish_window = config.publish_window;
  out.session_output_bytes_max = config.session_output_bytes_max;
  out.history_bytes = config.history_bytes;
  out.publish_timeout_default = config.publish_timeout_default;
  out.interest_types = config.interest_types;
  out.broadcast_types = config.broadcast_types;
  return out;
}

ordering::MachineOptions MakeMachineOptions(const journal::Journal& journal, const Config& config,
                                            Incarnation incarnation) {
  return {
      incarnation, ordering::JournalId{journal.id()},
      config.corosync_decides ? ordering::QuorumRule::kCorosync : ordering::QuorumRule::kMajority};
}

Timestamp Now() {
  return Timestamp{base::UnixTimeUs()};
}

}  // namespace

Daemon::Daemon(const DaemonPorts& ports, const Options& options, Incarnation incarnation,
               ordering::Recovered recovered)
    : loop_(ports.loop),
      options_(options),
      journal_id_(ports.journal->id()),
      replica_({ports.loop, ports.journal, ports.group, this, ports.upkeep},
               MakeMachineOptions(*ports.journal, options.config, incarnation),
               {options.standalone, options.config.node, base::UnixTimeUs}, std::move(recovered)),
      producers_(options.config.node,
                 [this](proto::Event event) { server_->PublishInternal(std::move(event)); }) {
  producers_.AddBusClass(producers::NodeClass());
  producers_.Add(std::make_unique<producers::IpProducer>(loop_, Now));
  producers_.Add(std::make_unique<producers::LinkProducer>(loop_, Now));
  // Named, since make_unique cannot see a private base.
  server::ProducerDirectory* const directory = this;
  server::History* const history = this;
  server_ = std::make_unique<server::Server>(
      server::ServerPorts{loop_, &replica_, history, ports.local_log, ports.local_history,
                          ports.upkeep, directory},
      MakeServerOptions(options, incarnation));
}

absl::Status Daemon::Start() {
  if (absl::Status listening = server_->Listen(options_.config.socket); !listening.ok()) {
    return listening;
  }
  signals_ = loop_->OnSignals([this](int signal) { OnSignal(signal); });
  server_->SetDemandCallback([this](const server::Demand& demand) { OnDemand(demand); });
  if (!options_.config.interest_types.empty()) {
    OnDemand(server_->demand());
  }
  replica_.Start();
  return absl::OkStatus();
}

void Daemon::OnSignal(int signal) {
  if (signal == SIGHUP) {
    log::Info("SIGHUP: nothing of the configuration can be reloaded while running");
    return;
  }
  if (stopping_ && !overtaken_) {
    return;
  }
  log::Info("ending: answering clients, then leaving the group");
  overtaken_.reset();  // Whoever starts it again will find that out again.
  End();
}

void Daemon::End() {
  if (!stopping_) {
    stopping_ = true;
    server_->Shutdown([this] { replica_.Stop([this] { loop_->Stop(); }); });
  }
}

void Daemon::OnOvertaken(const std::string& why, bool keeps_vote) {
  if (stopping_) {
    return;
  }
  overtaken_ = Overtaken{why, keeps_vote ? journal_id_ : ""};
  End();
}

void Daemon::AnnounceOrphan(const std::string& folder, const std::string& why) {
  proto::Event event;
  event.set_type("peal.orphaned");
  event.set_scope(proto::SCOPE_GLOBAL);
  base::AddAttribute("folder", &event)->set_text(folder);
  base::AddAttribute("reason", &event)->set_text(why);
  server_->PublishInternal(std::move(event));
}

void Daemon::OnNode(const std::string& name) {
  server_->SetNode(name);
  producers_.SetNode(name);
}

void Daemon::OnReleases(std::vector<ordering::Release> releases) {
  server_->OnApplied(AppliedEvents(releases));
}

void Daemon::Read(Sequence from, size_t bytes_max, server::History::Callback done) {
  replica_.ReadHistory(
      from, bytes_max,
      [done = std::move(done)](absl::StatusOr<std::vector<ordering::Release>> releases) {
        if (!releases.ok()) {
          done(releases.status());
          return;
        }
        done(AppliedEvents(*releases));
      });
}

void Daemon::OnPrimary(bool primary, const std::string& why) {
  log::Info("{}", primary ? "in the primary component" : "not in the primary component: " + why);
  if (!options_.standalone) {
    server_->PublishInternal(IsolatedEvent(!primary, why));
  }
}

void Daemon::OnQuorum(bool quorate) {
  if (options_.standalone) {
    return;
  }
  log::Info("corosync {} quorum", quorate ? "has" : "has no");
  server_->PublishInternal(QuorumEvent(quorate));
}

void Daemon::OnDemand(const server::Demand& demand) {
  demand_.local.assign(demand.local.begin(), demand.local.end());
  Interest interest{.classes = {demand.global.begin(), demand.global.end()},
                    .types = {demand.types.begin(), demand.types.end()}};
  for (const filter::TypeGlob& glob : options_.config.interest_types) {
    interest.narrowed.push_back(glob.text());
  }
  replica_.SetInterest(interest);
  UpdateProducers();
}

void Daemon::OnInterest(const std::map<std::string, Interest>& by_node) {
  server_->OnInterest(by_node);
  demand_.global.clear();
  for (const auto& [node, interest] : by_node) {
    for (const std::string& name : interest.classes) {
      demand_.global[name].push_back(node);
    }
  }
  UpdateProducers();
}

void Daemon::UpdateProducers() {
  producers_.SetDemand(demand_);
}

std::vector<proto::ClassInfo> Daemon::Classes() const {
  std::vector<proto::ClassInfo> classes;
  for (const producers::ClassDescription& known : producers_.Classes()) {
    classes.push_back(producers::ToClassInfo(known));
  }
  return classes;
}

std::vector<proto::ProducerInfo> Daemon::Producers() const {
  std::vector<proto::ProducerInfo> producers;
  for (const producers::ProducerState& state : producers_.Producers()) {
    proto::ProducerInfo info;
    info.set_name(state.name);
    info.set_active(state.active);
    info.set_events(state.events);
    for (const std::string& node : state.wanted_by) {
      info.add_wanted_by(node);
    }
    producers.push_back(std::move(info));
  }
  return producers;
}

}  // namespace peal::daemon
