#include "core/server/server.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace peal::server {
namespace {

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
      started_(loop_->Now()),
      pump_(loop_, [this] { Pump(); }),
      reap_(loop_, [this] { Reap(); }),
      demand_changed_(loop_, [this] { UpdateDemand(); }),
      feed_(options_.history_bytes, order_->applied(), local_log_->shown()),
      places_(local_log_->id(), options_.incarnation, local_log_->shown()),
      dispatch_(options_.interest_types, options_.broadcast_types),
      asking_(loop_, order_),
      intake_({loop_, order_, &feed_, local_log_, &options_, &dispatch_},
              [this] { fanout_.Advance(); }),
      holds_(loop_, &intake_, order_),
      retention_(loop_, order_, ports.upkeep,
                 [this](proto::Event event) { PublishInternal(std::move(event)); }),
      uid_limits_(&options_),
      demand_{.global = {}, .types = dispatch_.Asked({})} {}

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
    Serve(**std::move(fd));
  }
}

void Server::Serve(io::UniqueFd fd) {
  absl::StatusOr<io::PeerCredentials> peer = io::ReadPeerCredentials(fd.get());
  if (!peer.ok()) {
    LogClient(std::string(peer.status().message()));
    return;
  }
  last_session_ = last_session_.Next();
  const SessionContext context{loop_,          &options_,  &uid_limits_, &fanout_, history_,
                               local_history_, &intake_,   order_,       &holds_,  local_log_,
                               &places_,       &dispatch_, &asking_,     this};
  auto session = std::make_unique<Session>(last_session_, context, std::move(fd), *std::move(peer));
  if (const absl::Status admitted = Admit(last_session_, *session); !admitted.ok()) {
    LogClient(fmt::format("refused a client (pid {}, uid {}): {}", session->peer().pid,
                          session->peer().uid, std::string(admitted.message())));
    session->Close(admitted);
  }
  sessions_.emplace(last_session_, std::move(session));
}

// Before it has said a word, so that who may do nothing here takes no other's place.
absl::Status Server::Admit(SessionId id, const Session& session) {
  PEAL_RETURN_IF_ERROR(session.rights().MayConnect());
  if (counted_.size() >= options_.sessions_max) {
    EndLongestSilent();
  }
  if (counted_.size() >= options_.sessions_max) {
    return absl::ResourceExhaustedError(fmt::format(
        "{} clients are connected, which is the daemon's limit", options_.sessions_max));
  }
  PEAL_RETURN_IF_ERROR(uid_limits_.Enter(session.peer().uid, loop_->Now()));
  counted_.emplace(id, session.peer().uid);
  return absl::OkStatus();
}

// Whoever only connects would else keep others out until hello_timeout. A client greets at once:
// the one that has been silent for longest is the least likely to be one.
void Server::EndLongestSilent() {
  for (const auto& [id, uid] : counted_) {
    Session* const session = FindSession(id);
    if (session->greeting()) {
      session->Reject(absl::ResourceExhaustedError(
          "no Hello yet, and the daemon's limit of clients is reached: others take its place"));
      Uncount(id);
      return;
    }
  }
}

// From here on it takes no place.
void Server::Uncount(SessionId id) {
  if (const auto counted = counted_.extract(id)) {
    uid_limits_.Leave(counted.mapped(), loop_->Now());
  }
}

void Server::OnApplied(const EventChunk& events) {
  for (size_t i = 0; i < events.size(); ++i) {
    const EventChunk::Event event = events.At(i);
    feed_.AppendGlobal(event.globalseq, std::string(event.type), std::string(event.encoded));
    fanout_.Advance();
  }
  intake_.OnOrderReady();
  holds_.Touch();
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
  delivered_.Add(loop_->Now(), event_count);
}

void Server::OnSessionEnded(SessionId id) {
  Uncount(id);
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
  std::vector<const SubscriptionSpec*> specs;
  for (const auto& [id, session] : sessions_) {
    for (const auto& [request, subscription] : session->subscriptions()) {
      AddDemand(subscription.spec(), classes_, &demand);
    }
    const std::vector<const SubscriptionSpec*> more = session->specs();
    specs.insert(specs.end(), more.begin(), more.end());
  }
  demand.types = dispatch_.Asked(specs);
  if (demand != demand_) {
    demand_ = std::move(demand);
    if (on_demand_) {
      on_demand_(demand_);
    }
  }
  asking_.Update();
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
  const auto now = loop_->Now();
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
      if (const auto durable = order_->FindDurable(session->durable_name(request))) {
        FillDurable(*durable, info);
      }
    }
  }
  ListDurables(reply);
}

// Those that nobody holds here.
void Server::ListDurables(proto::ListReply* reply) const {
  for (const DurablePlace& durable : order_->Durables()) {
    if (!durable.held_here) {
      proto::SubscriptionInfo* const info = reply->add_subscriptions();
      info->set_uid(durable.owner);
      info->set_lag(order_->applied().value() - durable.place.global());
      FillDurable(durable, info);
    }
  }
}

void Server::FillDurable(const DurablePlace& durable, proto::SubscriptionInfo* info) const {
  info->set_durable(durable.name);
  info->set_confirmed(durable.place.global());
  info->set_node(durable.node);
}

void Server::LogClient(const std::string& text) {
  uint64_t suppressed = 0;
  if (!client_lines_.Take(loop_->Now(), &suppressed)) {
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
  holds_.MoveAll();
  intake_.Stop();
  shutdown_deadline_ = loop_->Now() + options_.shutdown_timeout;
  shutdown_timer_ = loop_->Every(kShutdownBeat, [this] { AdvanceShutdown(); });
  AdvanceShutdown();
}

void Server::AdvanceShutdown() {
  if (!on_shutdown_) {
    return;
  }
  if (!sessions_closed_ && (intake_.submitted_count() == 0 || loop_->Now() >= shutdown_deadline_)) {
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
