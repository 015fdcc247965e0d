// The daemon's side of the socket: takes connections, and brings together sessions, feed and order.
//
// Loop thread only. Sessions are private to it.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/io/deferred.h"
#include "core/io/loop.h"
#include "core/io/socket.h"
#include "core/log.h"
#include "core/server/asking.h"
#include "core/server/demand.h"
#include "core/server/dispatch.h"
#include "core/server/durable_holds.h"
#include "core/server/feed.h"
#include "core/server/history.h"
#include "core/server/intake.h"
#include "core/server/local_history.h"
#include "core/server/local_log.h"
#include "core/server/options.h"
#include "core/server/order.h"
#include "core/server/place.h"
#include "core/server/producer_directory.h"
#include "core/server/rate_meter.h"
#include "core/server/retention.h"
#include "core/server/session.h"
#include "core/server/uid_limits.h"
#include "proto/event.pb.h"
#include "proto/session.pb.h"

namespace peal::server {

// What a server works with. All of it outlives the server; once that is destroyed the order, the
// local log and the loop must not run any more.
struct ServerPorts {
  io::Loop* loop = nullptr;
  Order* order = nullptr;
  History* history = nullptr;
  LocalLog* local_log = nullptr;
  LocalHistory* local_history = nullptr;
  journal::Upkeep* upkeep = nullptr;  // Of the journal of the order.
  const ProducerDirectory* directory = nullptr;
};

class Server : private SessionHost {
 public:
  // Connections taken in one wake-up.
  static constexpr int kAcceptsMax = 64;
  // How long no connection is taken when the system has no descriptors left.
  static constexpr std::chrono::milliseconds kAcceptPause{1000};
  // How often Shutdown() looks whether it is done.
  static constexpr std::chrono::milliseconds kShutdownBeat{20};

  Server(const ServerPorts& ports, ServerOptions options);
  ~Server() override;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Takes clients at `path`. Codes of io::UnixListener::Bind().
  absl::Status Listen(const std::string& path);
  // Takes the client at the other end of this stream, which does not block.
  void Serve(io::UniqueFd fd);

  // This node's name has become known, or is another now; events to come carry it.
  void SetNode(const std::string& name) { options_.node = name; }
  // What the order has applied since the last call, in order.
  void OnApplied(const EventChunk& events);
  // The order may take events again.
  void OnOrderReady();

  // For producers and the bus's own events: stamped as a client's, its scope says which way it
  // goes. While the order takes nothing the last Intake::kInternalMax of them wait.
  void PublishInternal(proto::Event event);

  // `on_demand` is called, once a turn, when what subscribers want has changed.
  void SetDemandCallback(std::function<void(const Demand&)> on_demand);
  // What they want now. At first only what the configuration says.
  const Demand& demand() const { return demand_; }
  // What all daemons that order with this one want, by node.
  void OnInterest(const std::map<std::string, Interest>& by_node) {
    dispatch_.SetInterests(by_node);
  }
  // The others have come to know what was set in the order.
  void OnInterestKnown() { demand_changed_.Schedule(); }

  // Takes no clients and publishes any more, answers what is under way, ends the sessions, then
  // calls `done`: at the latest shutdown_timeout and Stream::kFinishTimeout later. The order goes
  // on meanwhile.
  void Shutdown(std::function<void()> done);

 private:
  // SessionHost: core/server/session.h.
  Session* FindSession(SessionId id) override;
  void OnSessionReady(SessionId id) override;
  void OnSubscriptionsChanged() override { demand_changed_.Schedule(); }
  void OnDelivered(uint64_t event_count) override;
  void OnSessionEnded(SessionId id) override;
  void FillStatus(proto::StatusReply* reply) override;
  void FillList(proto::ListRequest::What what, proto::ListReply* reply) override;
  void LogClient(const std::string& text) override;

  void WatchListener();
  void AcceptClients();
  absl::Status Admit(SessionId id, const Session& session);
  void EndLongestSilent();
  void Uncount(SessionId id);
  void Pump();
  void Reap();
  void UpdateDemand();
  void ListSubscriptions(proto::ListReply* reply) const;
  void ListDurables(proto::ListReply* reply) const;
  void FillDurable(const DurablePlace& durable, proto::SubscriptionInfo* info) const;
  void AdvanceShutdown();
  void CloseSessions();

  io::Loop* const loop_;
  Order* const order_;
  History* const history_;
  LocalLog* const local_log_;
  LocalHistory* const local_history_;
  const ProducerDirectory* const directory_;
  ServerOptions options_;
  const std::vector<proto::ClassInfo> classes_;
  const std::chrono::steady_clock::time_point started_;

  io::Deferred pump_;
  io::Deferred reap_;
  io::Deferred demand_changed_;
  Feed feed_;
  Fanout fanout_{&feed_};
  const PlaceFormat places_;
  Dispatch dispatch_;
  Asking asking_;
  Intake intake_;
  DurableHolds holds_;
  Retention retention_;
  RateMeter delivered_;
  log::LineBudget client_lines_;

  std::optional<io::UnixListener> listener_;
  std::unique_ptr<io::Registration> acceptable_;
  std::unique_ptr<io::Registration> accept_pause_;
  SessionId last_session_;
  std::set<SessionId> ready_;  // Whose Pump() is due.
  UidLimits uid_limits_;
  std::map<SessionId, std::unique_ptr<Session>> sessions_;
  std::map<SessionId, uid_t> counted_;  // Those that have a place: neither refused nor ended.
  std::vector<SessionId> ended_;

  Demand demand_;
  std::function<void(const Demand&)> on_demand_;

  std::function<void()> on_shutdown_;
  std::chrono::steady_clock::time_point shutdown_deadline_;
  bool sessions_closed_ = false;
  std::unique_ptr<io::Registration> shutdown_timer_;
};

}  // namespace peal::server
