// One client's connection: its greeting, its requests, its subscriptions.
//
//   state      begins with     takes          ends with
//   kGreeting  the connection  Hello          Welcome; kClosing after hello_timeout
//   kServing   Welcome         every request  the peer's end; kClosing when it breaks the protocol
//   kClosing   Closing         nothing        the stream's end, when what is collected is sent
//
// A session reads no more while publish_window of its publishes are unanswered, or while its output
// is above the high-water mark; its subscriptions are pulled only below that mark. So what a
// session holds is bounded by the mark, one frame each way, and a window of answers, and a slow
// consumer costs no memory.
//
// Who may connect is the socket's mode and group to say, and what a client may do then the rules
// for its credentials as they were when it connected (access.h). What it may not do is answered
// with PERMISSION_DENIED and written to the log, and comes to nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "core/base/client_publish.h"
#include "core/base/frame.h"
#include "core/base/ids.h"
#include "core/io/deferred.h"
#include "core/io/loop.h"
#include "core/io/socket.h"
#include "core/io/stream.h"
#include "core/server/access.h"
#include "core/server/answer_queue.h"
#include "core/server/asking.h"
#include "core/server/dispatch.h"
#include "core/server/durable_holds.h"
#include "core/server/fanout.h"
#include "core/server/history.h"
#include "core/server/intake.h"
#include "core/server/local_history.h"
#include "core/server/local_log.h"
#include "core/server/options.h"
#include "core/server/order.h"
#include "core/server/place.h"
#include "core/server/subscription.h"
#include "core/server/uid_limits.h"
#include "proto/session.pb.h"

namespace peal::server {

using SessionId = Id<struct SessionIdTag, uint64_t>;

class Session;

// What a session asks of its server.
class SessionHost {
 public:
  virtual ~SessionHost() = default;

  // The session, or null when it is gone: answers can come after their session.
  virtual Session* FindSession(SessionId id) = 0;
  // The session's Pump() is due. Also from within the call that makes a subscription.
  virtual void OnSessionReady(SessionId id) = 0;
  virtual void OnSubscriptionsChanged() = 0;
  virtual void OnDelivered(uint64_t event_count) = 0;
  // The session may be destroyed, but not from within this call.
  virtual void OnSessionEnded(SessionId id) = 0;
  virtual void FillStatus(proto::StatusReply* reply) = 0;
  virtual void FillList(proto::ListRequest::What what, proto::ListReply* reply) = 0;
  // One line in the log about a client, within the budget for such lines.
  virtual void LogClient(const std::string& text) = 0;
};

// What all sessions work with. Outlives them.
struct SessionContext {
  io::Loop* loop;
  const ServerOptions* options;
  UidLimits* uid_limits;
  Fanout* fanout;
  History* history;
  LocalHistory* local_history;
  Intake* intake;
  Order* order;
  DurableHolds* holds;
  const LocalLog* local_log;
  const PlaceFormat* places;
  const Dispatch* dispatch;
  Asking* asking;
  SessionHost* host;
};

// Loop thread only.
class Session : public io::StreamUser {
 public:
  static constexpr uint32_t kVersion = 1;
  static constexpr size_t kClientNameBytesMax = 128;
  static constexpr size_t kSubscriptionsMax = 256;
  // Of events in one Deliver, and of what one subscription gets in one Pump().
  static constexpr size_t kDeliverBytesMax = size_t{64} * 1024;

  // Its uid has entered the limits, and leaves them after this session's end.
  Session(SessionId id, const SessionContext& context, io::UniqueFd fd, io::PeerCredentials peer);
  // Lets go of what its durable subscriptions hold.
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Lets each subscription that is ready get on by one Deliver, as far as the output has room.
  // Whether more can be done at once.
  bool Pump();

  // Sends Closing with this reason, and ends.
  void Close(const absl::Status& reason);
  // For what the client did wrong: Close() with a line in the log.
  void Reject(const absl::Status& reason);

  const std::map<uint64_t, Subscription>& subscriptions() const { return subscriptions_; }
  // Of the subscriptions, and of those that are about to begin.
  std::vector<const SubscriptionSpec*> specs() const;
  // Of one of the subscriptions; empty: it is not durable.
  std::string durable_name(uint64_t request) const;
  const std::string& client() const { return client_; }
  const io::PeerCredentials& peer() const { return peer_; }
  const Rights& rights() const { return rights_; }
  bool greeting() const { return state_ == State::kGreeting; }
  bool serving() const { return state_ == State::kServing; }

  void OnBytes(std::string_view bytes) override;
  void OnDrained() override;
  void OnEnd(const absl::Status& reason) override;

 private:
  enum class State : uint8_t { kGreeting, kServing, kClosing };

  void TakeFrames();
  absl::Status Take(std::string_view frame);
  bool MustWait() const;
  void Send(const proto::ServerFrame& frame);
  void Wake(uint64_t request);
  void PumpOne(uint64_t request, Subscription* subscription);
  // Sends what `subscription` has put there. It may be ended, and gone, after it.
  void Finish(uint64_t request, const Subscription& subscription, Delivery* delivery);
  // History. What comes of it goes to `take`, if the subscription is still there.
  using TakeHistory = std::function<void(Subscription* subscription, Delivery* out)>;
  void ReadHistory(uint64_t request, const HistoryWish& wish);
  void OnHistory(uint64_t request, const TakeHistory& take);

  // Requests (session_requests.cc). An error breaks the protocol.
  absl::Status Dispatch(proto::ClientFrame* frame);
  absl::Status Handle(const proto::Hello& request);
  absl::Status Handle(proto::Publish* request);
  absl::Status Handle(const proto::StatusRequest& request);
  absl::Status Handle(const proto::ListRequest& request);
  absl::Status Handle(const proto::BarrierRequest& request);
  absl::Status Handle(const proto::ClusterRequest& request);
  absl::StatusOr<ClientPublish> ClientPublishOf(const proto::Publish& request) const;
  // PermissionDenied, with a line in the log; a publish also ResourceExhausted (session_access.cc).
  absl::Status MayPublish(const proto::Event& event);
  absl::Status MaySubscribe(const SubscriptionSpec& spec);
  absl::Status MayForget(const DurablePlace& durable);
  absl::Status MayChangeVoters();
  absl::Status Logged(absl::Status permission);
  void AnswerPublish(AnswerSlot slot, uint64_t request, const Answer& answer);
  void AnswerBarrier(uint64_t request, const Answer& answer);
  void AnswerCluster(uint64_t request, const absl::Status& status);

  // Subscriptions (session_subscriptions.cc).
  // One whose beginning is still to be found.
  struct Opening {
    SubscriptionSpec spec;
    Fanout::Filter filter;
    std::string durable;  // Its name, if it has one.
    proto::Place place;   // Of the request.
    int64_t from_time_us = 0;
    uint64_t serial = 0;  // Another one of the same number has another.
  };
  struct Held {
    HoldNumber number;
    std::string name;
  };
  absl::Status Handle(const proto::Subscribe& request);
  absl::Status Handle(const proto::Unsubscribe& request);
  absl::Status Handle(const proto::Confirm& request);
  absl::Status Handle(const proto::RemoveDurable& request);
  absl::StatusOr<Opening> MakeOpening(const proto::Subscribe& request);
  bool IsOpening(uint64_t request, uint64_t serial) const;
  void FailOpening(uint64_t request, const absl::Status& status);
  void Ask(uint64_t request);  // session_interest.cc
  void Find(uint64_t request);
  void OnTimeFound(uint64_t request, const absl::StatusOr<Sequence>& found);
  void Hold(uint64_t request);
  void OnHeld(uint64_t request, const absl::StatusOr<DurableHolds::Held>& held);
  void Begin(uint64_t request, std::optional<HoldNumber> hold);
  void AnswerSubscribe(uint64_t request, const absl::Status& status,
                       const Subscription* subscription);
  proto::Place ConfirmedPlace(uint64_t request) const;
  void LetHold(uint64_t request, bool answer);
  void EndSubscription(uint64_t request, const absl::Status& why);
  void SendEnded(uint64_t request, const absl::Status& why);
  void AnswerRemove(uint64_t request, const absl::Status& status);

  const SessionId id_;
  const SessionContext context_;
  const io::PeerCredentials peer_;
  const Rights rights_;
  State state_ = State::kGreeting;
  std::string client_;
  std::optional<ClientSession> client_session_;
  base::FrameReader reader_;
  io::Stream stream_;
  io::Deferred take_frames_;
  std::unique_ptr<io::Registration> hello_timer_;
  AnswerQueue answers_;
  proto::ServerFrame answer_frame_;  // For the next answer; kept, since making one costs more.
  size_t barriers_ = 0;              // Unanswered; they count for the window as well.
  // By the client's request number, as the next two.
  std::map<uint64_t, Subscription> subscriptions_;
  std::map<uint64_t, Opening> openings_;
  std::map<uint64_t, Held> held_;
  uint64_t last_opening_ = 0;
  // Those that may have something to do; all that have are here.
  std::set<uint64_t> ready_;
};

}  // namespace peal::server
