#include "client/session_machine.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "client/session_convert.h"
#include "client/status_convert.h"
#include "core/base/check.h"
#include "core/base/event_codec.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace peal::client {
namespace {

// What a try adds to a publish, and the frame around it.
constexpr size_t kTryBytesMax = 32;

Status NotThisProtocol(std::string_view what) {
  return {ErrorKind::kDataLoss,
          fmt::format("the daemon does not speak Peal's session protocol: {}", what)};
}

}  // namespace

SessionMachine::SessionMachine(std::string_view client_name, std::string_view session)
    : client_name_(client_name.substr(0, kNameBytesMax)), session_(session) {
  PEAL_CHECK(session_.size() == std::tuple_size_v<ClientSession>);
  QueueGreeting();
}

void SessionMachine::Restart() {
  greeted_ = false;
  broken_ = {};
  outstanding_.clear();
  input_ = base::FrameReader(kServerFrameBytesMax);
  frame_.Clear();
  delivered_count_ = 0;
  delivering_ = false;
  output_.clear();
  output_begin_ = 0;
  QueueGreeting();
}

void SessionMachine::QueueGreeting() {
  proto::ClientFrame frame;
  frame.mutable_hello()->set_version(kVersion);
  frame.mutable_hello()->set_client(client_name_);
  frame.mutable_hello()->set_session(session_);
  base::AppendFrame(&output_, frame);
}

uint64_t SessionMachine::Queue(proto::ClientFrame* frame, uint64_t request) {
  PEAL_CHECK(greeted_);
  base::AppendFrame(&output_, *frame);
  return request;
}

Status SessionMachine::HasRoom(const PublishOptions& options) const {
  const size_t waiting = std::max(outstanding_.size(), unanswered_.size());
  if (options.ack != Ack::kNone && waiting >= daemon_.publish_window) {
    return {ErrorKind::kBusy, fmt::format("{} publishes wait for their answer already", waiting)};
  }
  if (output().size() >= kOutputBytesMax) {
    return {ErrorKind::kBusy, "the daemon does not keep up with what is published"};
  }
  return {};
}

Result<uint64_t> SessionMachine::Publish(const Event& event, const PublishOptions& options,
                                         uint32_t daemon_timeout_ms) {
  PEAL_CHECK(greeted_ || options.ack != Ack::kNone);
  PEAL_RETURN_IF_ERROR(HasRoom(options));
  proto::Publish* const publish = publish_frame_.mutable_publish();
  base::ToProto(event, publish->mutable_event());
  PEAL_RETURN_IF_ERROR(
      FromAbsl(base::ValidateForPublish(publish->event(), daemon_.data_bytes_max)));
  publish->set_request(next_request_);
  publish->set_ack(ToProtoAck(options.ack));
  publish->set_timeout_ms(0);
  publish->clear_expect_subject_seq();
  if (options.expect_subject_seq) {
    publish->set_expect_subject_seq(*options.expect_subject_seq);
  }
  const bool numbered = options.ack != Ack::kNone;
  publish->set_client_sequence(numbered ? unanswered_.next().value() : 0);
  publish->set_unanswered_from(0);
  std::string encoded = publish_frame_.SerializeAsString();
  if (encoded.size() + kTryBytesMax > daemon_.frame_bytes_max) {
    return Status(
        ErrorKind::kInvalid,
        fmt::format(
            "the event has {} bytes, this daemon takes frames of at most {}; make data smaller",
            encoded.size(), daemon_.frame_bytes_max));
  }
  if (numbered && !unanswered_.HasRoom(encoded.size())) {
    return Status(
        ErrorKind::kBusy,
        fmt::format("{} publishes since the oldest that waits for its answer are all that is kept",
                    unanswered_.next().value() - unanswered_.from().value()));
  }
  const uint64_t request = next_request_++;
  Unanswered::Kept unnumbered;
  if (numbered) {
    unanswered_.Add(request, std::move(encoded));
  } else {
    unnumbered.publish = std::move(encoded);
  }
  if (greeted_) {
    SendPublish(request, numbered ? unanswered_.Find(request) : &unnumbered, daemon_timeout_ms);
  }
  return request;
}

void SessionMachine::PublishAgain(uint64_t request, uint32_t daemon_timeout_ms) {
  Unanswered::Kept* const kept = unanswered_.Find(request);
  PEAL_CHECK(kept != nullptr);
  SendPublish(request, kept, daemon_timeout_ms);
}

// What is different in each try follows what is kept: concatenated messages merge.
void SessionMachine::SendPublish(uint64_t request, Unanswered::Kept* kept,
                                 uint32_t daemon_timeout_ms) {
  PEAL_CHECK(greeted_);
  const bool numbered = kept->sequence != ClientSequence(0);
  proto::Publish* const of_this_try = try_frame_.mutable_publish();
  of_this_try->set_timeout_ms(daemon_timeout_ms);
  of_this_try->set_unanswered_from(numbered ? unanswered_.from().value() : 0);
  base::AppendFrame(&output_, {kept->publish, try_frame_.SerializeAsString()});
  ++kept->tries;
  if (numbered) {
    outstanding_.insert(request);
  }
}

uint32_t SessionMachine::GiveUp(uint64_t request) {
  const std::optional<Unanswered::Kept> kept = unanswered_.Take(request);
  return kept ? kept->tries : 0;
}

uint64_t SessionMachine::Subscribe(const SubscribeOptions& options) {
  proto::ClientFrame frame;
  frame.mutable_subscribe()->set_request(next_request_);
  FillSubscribe(options, frame.mutable_subscribe());
  return Queue(&frame, next_request_++);
}

void SessionMachine::SubscribeAgain(uint64_t request, const SubscribeOptions& options,
                                    const proto::Place* place) {
  PEAL_CHECK(request < next_request_);
  proto::ClientFrame frame;
  proto::Subscribe* const subscribe = frame.mutable_subscribe();
  subscribe->set_request(request);
  FillSubscribe(options, subscribe);
  if (place != nullptr) {
    subscribe->set_from(proto::Subscribe::PLACE);
    *subscribe->mutable_place() = *place;
  }
  Queue(&frame, request);
}

void SessionMachine::Confirm(uint64_t subscribe_request, uint64_t delivered) {
  proto::ClientFrame frame;
  frame.mutable_confirm()->set_request(subscribe_request);
  frame.mutable_confirm()->set_delivered(delivered);
  Queue(&frame, subscribe_request);
}

uint64_t SessionMachine::RequestRemoveDurable(const std::string& name, uint32_t daemon_timeout_ms) {
  proto::ClientFrame frame;
  frame.mutable_remove_durable()->set_request(next_request_);
  frame.mutable_remove_durable()->set_name(name);
  frame.mutable_remove_durable()->set_timeout_ms(daemon_timeout_ms);
  return Queue(&frame, next_request_++);
}

void SessionMachine::Unsubscribe(uint64_t subscribe_request) {
  proto::ClientFrame frame;
  frame.mutable_unsubscribe()->set_request(subscribe_request);
  Queue(&frame, subscribe_request);
}

uint64_t SessionMachine::RequestStatus() {
  proto::ClientFrame frame;
  frame.mutable_status()->set_request(next_request_);
  return Queue(&frame, next_request_++);
}

uint64_t SessionMachine::RequestList(ListWhat what) {
  proto::ClientFrame frame;
  frame.mutable_list()->set_request(next_request_);
  frame.mutable_list()->set_what(ToProtoWhat(what));
  return Queue(&frame, next_request_++);
}

uint64_t SessionMachine::RequestBarrier(uint32_t daemon_timeout_ms) {
  proto::ClientFrame frame;
  frame.mutable_barrier()->set_request(next_request_);
  frame.mutable_barrier()->set_timeout_ms(daemon_timeout_ms);
  return Queue(&frame, next_request_++);
}

uint64_t SessionMachine::RequestVoterChange(VoterChange change, const std::string& node,
                                            uint32_t daemon_timeout_ms) {
  proto::ClientFrame frame;
  proto::ClusterRequest* const cluster = frame.mutable_cluster();
  cluster->set_request(next_request_);
  cluster->set_action(ToProtoAction(change));
  cluster->set_node(node);
  cluster->set_timeout_ms(daemon_timeout_ms);
  return Queue(&frame, next_request_++);
}

std::string_view SessionMachine::output() const {
  return std::string_view(output_).substr(output_begin_);
}

void SessionMachine::ConsumeOutput(size_t bytes) {
  PEAL_CHECK(bytes <= output_.size() - output_begin_);
  output_begin_ += bytes;
  if (output_begin_ == output_.size()) {
    output_.clear();
    output_begin_ = 0;
  } else if (output_begin_ >= kOutputBytesMax) {
    // A publisher that always keeps something queued would never let the buffer run empty.
    output_.erase(0, output_begin_);
    output_begin_ = 0;
  }
}

Status SessionMachine::Break(Status why) {
  PEAL_CHECK(!why.ok());
  broken_ = std::move(why);
  return broken_;
}

Result<std::optional<Arrival>> SessionMachine::Next() {
  if (!broken_.ok()) {
    return broken_;
  }
  for (;;) {
    if (delivered_count_ < frame_.deliver().events_size()) {
      return NextEvent();
    }
    if (delivering_) {
      delivering_ = false;
      return MovedTo(frame_.mutable_deliver());
    }
    const auto frame = input_.Next();
    if (!frame.ok()) {
      return Break(NotThisProtocol(std::string(frame.status().message())));
    }
    if (!frame->has_value()) {
      return std::nullopt;
    }
    auto arrival = OnFrame(**frame);
    if (!arrival.ok() || arrival->has_value()) {
      return arrival;
    }
  }
}

Result<std::optional<Arrival>> SessionMachine::NextEvent() {
  if (!base::DecodeEvent(frame_.deliver().events(delivered_count_++), &delivered_event_)) {
    return Break(NotThisProtocol("an event does not parse"));
  }
  return Arrival(Delivered{frame_.deliver().request(), &delivered_event_});
}

Result<std::optional<Arrival>> SessionMachine::OnFrame(std::string_view frame) {
  delivered_count_ = 0;
  if (!frame_.ParseFromArray(frame.data(), static_cast<int>(frame.size()))) {
    return Break(NotThisProtocol("a frame does not parse"));
  }
  const auto body = frame_.body_case();
  if (body == proto::ServerFrame::kClosing) {
    const Status why = ToStatus(frame_.closing().code(), frame_.closing().message());
    return Break({why.ok() ? ErrorKind::kOther : why.kind(),
                  fmt::format("the daemon closed the session: {}", frame_.closing().message())});
  }
  if (greeted_ == (body == proto::ServerFrame::kWelcome)) {
    return Break(NotThisProtocol(greeted_ ? "a second greeting" : "no greeting"));
  }
  switch (body) {
    case proto::ServerFrame::kWelcome:
      return OnWelcome(frame_.welcome());
    case proto::ServerFrame::kPublished:
      return OnPublished(frame_.published());
    case proto::ServerFrame::kSubscribed:
      return OnSubscribed(frame_.mutable_subscribed());
    case proto::ServerFrame::kDeliver:
      delivering_ = true;
      return std::nullopt;  // Its events are handed out one by one.
    case proto::ServerFrame::kStatus:
      return StatusAnswer{frame_.status().request(), ToDaemonStatus(frame_.status())};
    case proto::ServerFrame::kList:
      return ListAnswer{frame_.list().request(), ToListing(frame_.list())};
    case proto::ServerFrame::kBarrier:
      return BarrierAnswer{frame_.barrier().request(),
                           ToStatus(frame_.barrier().code(), frame_.barrier().message()),
                           frame_.barrier().globalseq()};
    case proto::ServerFrame::kSubscriptionEnded:
      return OnSubscriptionEnded(frame_.subscription_ended());
    case proto::ServerFrame::kRemoved:
      return Arrival(RemovedAnswer{frame_.removed().request(),
                                   ToStatus(frame_.removed().code(), frame_.removed().message())});
    case proto::ServerFrame::kCluster:
      return ClusterAnswer{frame_.cluster().request(),
                           ToStatus(frame_.cluster().code(), frame_.cluster().message())};
    case proto::ServerFrame::kClosing:
    case proto::ServerFrame::BODY_NOT_SET:
      break;
  }
  return Break(NotThisProtocol("a frame of an unknown kind"));
}

Result<std::optional<Arrival>> SessionMachine::OnWelcome(const proto::Welcome& welcome) {
  if (welcome.version() != kVersion) {
    return Break(
        {ErrorKind::kCondition,
         fmt::format(
             "the daemon speaks version {} of the session protocol, this program version {}",
             welcome.version(), kVersion)});
  }
  if (welcome.publish_window() == 0 || welcome.frame_bytes_max() == 0) {
    return Break(NotThisProtocol("limits of 0"));
  }
  greeted_ = true;
  daemon_ = {.node = welcome.node(),
             .incarnation = welcome.incarnation(),
             .frame_bytes_max = welcome.frame_bytes_max(),
             .data_bytes_max = welcome.data_bytes_max(),
             .publish_window = welcome.publish_window()};
  return Welcomed{};
}

Result<std::optional<Arrival>> SessionMachine::OnPublished(const proto::PublishResult& published) {
  if (published.request() >= next_request_) {
    return Break(NotThisProtocol(
        fmt::format("an answer to request {}, which was not made", published.request())));
  }
  const bool known = outstanding_.erase(published.request()) > 0;
  if (!known || published.stopping()) {
    return std::nullopt;  // Nobody waits, or it stays for the next connection.
  }
  const std::optional<Unanswered::Kept> kept = unanswered_.Take(published.request());
  if (!kept) {
    return std::nullopt;  // It was given up.
  }
  Published answer{published.request(), ToPublishResult(published)};
  // That this try comes to nothing says nothing of those before, unless the order has decided.
  if (kept->tries > 1 && !answer.result.status.ok() &&
      answer.result.status.kind() != ErrorKind::kCondition) {
    answer.result.submitted = true;
  }
  return answer;
}

std::optional<Arrival> SessionMachine::OnSubscribed(proto::SubscribeResult* subscribed) {
  Subscribed arrival{.request = subscribed->request(),
                     .status = ToStatus(subscribed->code(), subscribed->message()),
                     .place = std::nullopt};
  if (subscribed->has_place()) {
    arrival.place = std::move(*subscribed->mutable_place());
  }
  return arrival;
}

std::optional<Arrival> SessionMachine::MovedTo(proto::Deliver* deliver) {
  Moved arrival{.request = deliver->request(), .place = std::nullopt};
  if (deliver->has_place()) {
    arrival.place = std::move(*deliver->mutable_place());
  }
  return arrival;
}

std::optional<Arrival> SessionMachine::OnSubscriptionEnded(const proto::SubscriptionEnded& ended) {
  const Status why = ToStatus(ended.code(), ended.message());
  return SubscriptionEnd{ended.request(),
                         why.ok() ? Status(ErrorKind::kOther, ended.message()) : why};
}

}  // namespace peal::client
