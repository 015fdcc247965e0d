#include "core/server/server.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace peal::server {
namespace {

using std::chrono::steady_clock;

std::string_view ScopeName(proto::Subscribe::Scope scope) {
  switch (scope) {
    case proto::Subscribe::GLOBAL:
      return "global";
    case proto::Subscribe::LOCAL:
      return "local";
    default:
      return "all";
  }
}

}  // namespace

Server::Server(const ServerPorts& ports, ServerOptions options)
    : loop_(ports.loop),
      order_(ports.order),
      history_(ports.history),
      local_log_(ports.local_log),
      local_history_(ports.local_history),
      directory_(ports.directory),
      options_(std::move(options)),
      classes_(directory_->Classes()),
      started_(steady_clock::now()),
      pump_(loop_, [this] { Pump(); }),
      reap_(loop_, [this] { Reap(); }),
      demand_changed_(loop_, [this] { UpdateDemand(); }),
      feed_(options_.history_bytes, order_->applied(), local_log_->shown()),
      intake_({loop_, order_, &feed_, local_log_, &options_}, [this] { fanout_.Advance(); }) {}

Server::~Server() = default;

absl::Status Server::Listen(const std::string& path) {
  PEAL_CHECK(!listener_);
  absl::StatusOr<io::UnixListener> listener = io::UnixListener::Bind(path);
  PEAL_RETURN_IF_ERROR(listener.status());
  listener_.emplace(*std::move(listener));
  WatchListener();
  return absl::OkStatus();
}

void Server::WatchListener() {
  acceptable_ = loop_->Watch(listener_->fd(), io::Ready::kRead, [this] { AcceptClients(); });
}

void Server::AcceptClients() {
  for (int i = 0; i < kAcceptsMax; ++i) {
    absl::StatusOr<std::optional<io::UniqueFd>> fd = listener_->Accept();
    if (!fd.ok()) {
      // The waiting connection keeps the listener ready: without a pause the loop would spin.
      LogClient(std::string(fd.status().message()));
      acceptable_.reset();
      accept_pause_ = loop_->After(kAcceptPause, [this] { WatchListener(); });
      return;
    }
    if (!fd->has_value()) {
      return;
    }
    AddSession(**std::move(fd));
  }
}

void Server::AddSession(io::UniqueFd fd) {
  absl::StatusOr<io::PeerCredentials> peer = io::ReadPeerCredentials(fd.get());
  if (!peer.ok()) {
    LogClient(std::string(peer.status().message()));
    return;
  }
  const bool full = ServedCount() >= options_.sessions_max;
  last_session_ = last_session_.Next();
  const SessionContext context{loop_,          &options_, &fanout_, history_,
                               local_history_, &intake_,  order_,   this};
  auto session = std::make_unique<Session>(last_session_, context, std::move(fd), *std::move(peer));
  if (full) {
    LogClient(fmt::format("refused a client (pid {}, uid {}): {} are connected, the limit",
                          session->peer().pid, session->peer().uid, options_.sessions_max));
    session->Close(absl::ResourceExhaustedError(fmt::format(
        "{} clients are connected, which is the daemon's limit", options_.sessions_max)));
  }
  sessions_.emplace(last_session_, std::move(session));
}

void Server::OnApplied(std::vector<AppliedEvent> events) {
  for (AppliedEvent& applied : events) {
    absl::StatusOr<GlobalEvent> event = Stamped(std::move(applied));
    if (!event.ok()) {
      // Its daemon checked it; subscribers get a peal.gap in its place.
      log::Error("{}", std::string(event.status().message()));
      continue;
    }
    feed_.AppendGlobal(event->globalseq, std::move(event->type), std::move(event->encoded));
    fanout_.Advance();
  }
  intake_.OnOrderReady();
}

void Server::OnOrderReady() {
  intake_.OnOrderReady();
}

void Server::PublishInternal(proto::Event event) {
  intake_.PublishInternal(std::move(event));
}

void Server::SetDemandCallback(std::function<void(const Demand&)> on_demand) {
  on_demand_ = std::move(on_demand);
}

void Server::Pump() {
  for (const SessionId id : std::exchange(ready_, {})) {
    Session* const session = FindSession(id);
    if (session != nullptr && session->Pump()) {
      OnSessionReady(id);
    }
  }
}

void Server::OnSessionReady(SessionId id) {
  ready_.insert(id);
  pump_.Schedule();
}

Session* Server::FindSession(SessionId id) {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : found->second.get();
}

void Server::OnDelivered(uint64_t event_count) {
  delivered_.Add(steady_clock::now(), event_count);
}

void Server::OnSessionEnded(SessionId id) {
  ended_.push_back(id);
  reap_.Schedule();
}

void Server::Reap() {
  for (const SessionId id : std::exchange(ended_, {})) {
    sessions_.erase(id);
  }
  demand_changed_.Schedule();
  AdvanceShutdown();
}

void Server::UpdateDemand() {
  Demand demand;
  for (const auto& [id, session] : sessions_) {
    for (const auto& [request, subscription] : session->subscriptions()) {
      AddDemand(subscription.spec(), classes_, &demand);
    }
  }
  if (demand != demand_) {
    demand_ = std::move(demand);
    if (on_demand_) {
      on_demand_(demand_);
    }
  }
}

size_t Server::ServedCount() const {
  return sessions_.size() - std::min(sessions_.size(), ended_.size());
}

void Server::FillStatus(proto::StatusReply* reply) {
  order_->FillStatus(reply);
  reply->set_node(options_.node);
  reply->set_incarnation(options_.incarnation.value());
  reply->set_version(options_.version);
  reply->set_localseq(intake_.last_sequence().value());
  reply->set_first_globalseq(history_->first().value());
  reply->set_local_journal(local_log_->Problem());
  uint32_t clients = 0;
  size_t subscriptions = 0;
  for (const auto& [id, session] : sessions_) {
    clients += session->serving() ? 1 : 0;
    subscriptions += session->subscriptions().size();
  }
  reply->set_clients(clients);
  reply->set_subscriptions(static_cast<uint32_t>(subscriptions));
  const auto now = steady_clock::now();
  reply->set_publish_rate(intake_.rate().PerSecond(now));
  reply->set_deliver_rate(delivered_.PerSecond(now));
  const auto uptime = std::chrono::duration_cast<std::chrono::milliseconds>(now - started_);
  reply->set_uptime_ms(static_cast<uint64_t>(uptime.count()));
}

void Server::FillList(proto::ListRequest::What what, proto::ListReply* reply) {
  if (what == proto::ListRequest::CLASSES) {
    reply->mutable_classes()->Assign(classes_.begin(), classes_.end());
  } else if (what == proto::ListRequest::PRODUCERS) {
    const std::vector<proto::ProducerInfo> producers = directory_->Producers();
    reply->mutable_producers()->Assign(producers.begin(), producers.end());
  } else if (what == proto::ListRequest::SUBSCRIPTIONS) {
    ListSubscriptions(reply);
  } else if (what == proto::ListRequest::NODES) {
    proto::StatusReply status;
    order_->FillStatus(&status);
    *reply->mutable_nodes() = std::move(*status.mutable_members());
  }
}

void Server::ListSubscriptions(proto::ListReply* reply) const {
  for (const auto& [id, session] : sessions_) {
    for (const auto& [request, subscription] : session->subscriptions()) {
      proto::SubscriptionInfo* const info = reply->add_subscriptions();
      info->set_client(session->client());
      info->set_pid(static_cast<uint32_t>(session->peer().pid));
      info->set_uid(session->peer().uid);
      for (const filter::TypeGlob& glob : subscription.spec().types) {
        info->add_types(glob.text());
      }
      info->set_scope(std::string(ScopeName(subscription.spec().scope)));
      info->set_delivered(subscription.delivered());
      info->set_lag(subscription.lag());
      info->set_where(subscription.spec().where);
    }
  }
}

void Server::LogClient(const std::string& text) {
  uint64_t suppressed = 0;
  if (!client_lines_.Take(steady_clock::now(), &suppressed)) {
    return;
  }
  if (suppressed > 0) {
    log::Warn("{} more lines about clients were left out", suppressed);
  }
  log::Warn("{}", text);
}

void Server::Shutdown(std::function<void()> done) {
  PEAL_CHECK(!on_shutdown_);
  on_shutdown_ = std::move(done);
  acceptable_.reset();
  accept_pause_.reset();
  listener_.reset();
  intake_.Stop();
  shutdown_deadline_ = steady_clock::now() + options_.shutdown_timeout;
  shutdown_timer_ = loop_->Every(kShutdownBeat, [this] { AdvanceShutdown(); });
  AdvanceShutdown();
}

void Server::AdvanceShutdown() {
  if (!on_shutdown_) {
    return;
  }
  if (!sessions_closed_ &&
      (intake_.submitted_count() == 0 || steady_clock::now() >= shutdown_deadline_)) {
    CloseSessions();
  }
  if (sessions_.empty() && sessions_closed_) {
    shutdown_timer_.reset();
    loop_->Post(std::exchange(on_shutdown_, nullptr));
  }
}

void Server::CloseSessions() {
  sessions_closed_ = true;
  for (const auto& [id, session] : sessions_) {
    session->Close(absl::UnavailableError("the daemon is stopping"));
  }
}

}  // namespace peal::server
