// The client's side of the session protocol (proto/session.proto) without its socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "client/unanswered.h"
#include "core/base/frame.h"
#include "peal/event.h"
#include "peal/status.h"
#include "peal/types.h"
#include "proto/event.pb.h"
#include "proto/place.pb.h"
#include "proto/session.pb.h"

namespace peal::client {

// What the daemon said. `request` is the number of the request that it belongs to.
struct Welcomed {};
struct Published {
  uint64_t request = 0;
  PublishResult result;
};
struct Subscribed {
  uint64_t request = 0;
  Status status;
  std::optional<proto::Place> place;  // Where it begins.
};
struct Delivered {
  uint64_t request = 0;
  Event* event = nullptr;  // The machine's, until Next(); may be moved from.
};
// All events up to `place` have been Delivered.
struct Moved {
  uint64_t request = 0;
  std::optional<proto::Place> place;
};
struct SubscriptionEnd {
  uint64_t request = 0;
  Status status;
};
struct RemovedAnswer {
  uint64_t request = 0;
  Status status;
};
struct StatusAnswer {
  uint64_t request = 0;
  DaemonStatus status;
};
struct ListAnswer {
  uint64_t request = 0;
  Listing listing;
};
struct BarrierAnswer {
  uint64_t request = 0;
  Status status;
  uint64_t globalseq = 0;
};
struct ClusterAnswer {
  uint64_t request = 0;
  Status status;
};
using Arrival = std::variant<Welcomed, Published, Subscribed, Delivered, Moved, SubscriptionEnd,
                             RemovedAnswer, StatusAnswer, ListAnswer, BarrierAnswer, ClusterAnswer>;

// Bytes in, arrivals out; requests in, bytes out. Pure: no socket, no clock. Not thread-safe.
//
//   new --Welcome--> greeted --bad bytes, Closing--> broken (Next() says why)
//    ^------------------Restart()-----------------------/
//
// Requests other than the greeting and publishes are made when greeted. What is published and has
// no answer yet is kept over a Restart(); the caller then has it sent again, over the new
// connection, when that has greeted. Invariant: outstanding() counts the publishes that the daemon
// has not answered over this connection, whether or not the caller still waits for them, for the
// daemon counts the same way.
class SessionMachine {
 public:
  // What may wait in output() before publishes are refused: without answers (Ack::kNone) nothing
  // else would hold a fast publisher back.
  static constexpr size_t kOutputBytesMax = 4 << 20;
  // The daemon is trusted; this only keeps garbage from looking like a very long frame.
  static constexpr size_t kServerFrameBytesMax = 64 << 20;
  static constexpr size_t kNameBytesMax = 128;
  static constexpr uint32_t kVersion = 1;

  // Queues the greeting. `session`: 16 random bytes.
  SessionMachine(std::string_view client_name, std::string_view session);

  // Another connection: queues the greeting anew. Requests that were under way have no answer.
  void Restart();

  bool greeted() const { return greeted_; }
  const DaemonInfo& daemon() const { return daemon_; }
  size_t outstanding() const { return outstanding_.size(); }

  // Each queues one request and gives its number, which is never 0.
  // Publish: kInvalid, kBusy (window or output full). `daemon_timeout_ms` 0:
  // the daemon's default. Not greeted, after a Restart(), it is only kept, and must ask for an
  // answer.
  Result<uint64_t> Publish(const Event& event, const PublishOptions& options,
                           uint32_t daemon_timeout_ms);
  // Sends one of unanswered() again, which is what to do with all of them, in order, when greeted
  // after a Restart().
  void PublishAgain(uint64_t request, uint32_t daemon_timeout_ms);
  // Nobody waits for it any more. How often it was sent.
  uint32_t GiveUp(uint64_t request);
  const Unanswered& unanswered() const { return unanswered_; }
  uint64_t Subscribe(const SubscribeOptions& options);
  // Over another connection: the same subscription, from `place`; null: from where `options` say.
  void SubscribeAgain(uint64_t request, const SubscribeOptions& options, const proto::Place* place);
  // The program is done with the first so many events that were Delivered over this connection.
  void Confirm(uint64_t subscribe_request, uint64_t delivered);
  void Unsubscribe(uint64_t subscribe_request);
  uint64_t RequestRemoveDurable(const std::string& name, uint32_t daemon_timeout_ms);
  uint64_t RequestStatus();
  uint64_t RequestList(ListWhat what);
  uint64_t RequestBarrier(uint32_t daemon_timeout_ms);
  uint64_t RequestVoterChange(VoterChange change, const std::string& node,
                              uint32_t daemon_timeout_ms);

  // Bytes of the daemon go into input(); then Next() until it gives nothing. kDataLoss: not this
  // protocol; kCondition: no common version; or the daemon's own reason for closing.
  base::FrameReader& input() { return input_; }
  Result<std::optional<Arrival>> Next();

  // Bytes for the daemon, valid until the next call of anything else.
  std::string_view output() const;
  void ConsumeOutput(size_t bytes);

 private:
  void QueueGreeting();
  uint64_t Queue(proto::ClientFrame* frame, uint64_t request);
  Status HasRoom(const PublishOptions& options) const;
  void SendPublish(uint64_t request, Unanswered::Kept* kept, uint32_t daemon_timeout_ms);
  Result<std::optional<Arrival>> NextEvent();
  Result<std::optional<Arrival>> OnFrame(std::string_view frame);
  Result<std::optional<Arrival>> OnWelcome(const proto::Welcome& welcome);
  Result<std::optional<Arrival>> OnPublished(const proto::PublishResult& published);
  static std::optional<Arrival> OnSubscribed(proto::SubscribeResult* subscribed);
  static std::optional<Arrival> OnSubscriptionEnded(const proto::SubscriptionEnded& ended);
  static std::optional<Arrival> MovedTo(proto::Deliver* deliver);
  Status Break(Status why);

  const std::string client_name_;
  const std::string session_;
  bool greeted_ = false;
  Status broken_;
  DaemonInfo daemon_;
  uint64_t next_request_ = 1;
  std::set<uint64_t> outstanding_;
  Unanswered unanswered_;

  base::FrameReader input_{kServerFrameBytesMax};
  // The frame being handed out; reused, so that its memory is too.
  proto::ServerFrame frame_;
  int delivered_count_ = 0;
  // frame_ is a Deliver that is not handed out in full.
  bool delivering_ = false;

  proto::ClientFrame publish_frame_;
  proto::ClientFrame try_frame_;
  Event delivered_event_;
  std::string output_;
  size_t output_begin_ = 0;
};

}  // namespace peal::client
