#include "client/session_machine.h"

#include <utility>

#include "client/session_convert.h"
#include "core/base/check.h"
#include "core/base/event_codec.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace peal::client {
namespace {

absl::Status NotThisProtocol(std::string_view what) {
  return absl::DataLossError(
      fmt::format("the daemon does not speak Peal's session protocol: {}", what));
}

}  // namespace

SessionMachine::SessionMachine(std::string_view client_name) {
  proto::ClientFrame frame;
  frame.mutable_hello()->set_version(kVersion);
  frame.mutable_hello()->set_client(std::string(client_name.substr(0, kNameBytesMax)));
  base::AppendFrame(&output_, frame);
}

uint64_t SessionMachine::Queue(proto::ClientFrame* frame, uint64_t request) {
  PEAL_CHECK(greeted_);
  base::AppendFrame(&output_, *frame);
  return request;
}

absl::StatusOr<uint64_t> SessionMachine::Publish(const Event& event, const PublishOptions& options,
                                                 uint32_t daemon_timeout_ms) {
  PEAL_CHECK(greeted_);
  const Ack ack = options.ack;
  if (ack != Ack::kNone && outstanding_.size() >= daemon_.publish_window) {
    return absl::ResourceExhaustedError(
        fmt::format("{} publishes wait for their answer already", outstanding_.size()));
  }
  if (output().size() >= kOutputBytesMax) {
    return absl::ResourceExhaustedError("the daemon does not keep up with what is published");
  }
  proto::Publish* const publish = publish_frame_.mutable_publish();
  base::ToProto(event, publish->mutable_event());
  PEAL_RETURN_IF_ERROR(base::ValidateForPublish(publish->event(), daemon_.data_bytes_max));
  publish->set_request(next_request_);
  publish->set_ack(ToProtoAck(ack));
  publish->set_timeout_ms(daemon_timeout_ms);
  publish->clear_expect_subject_seq();
  if (options.expect_subject_seq) {
    publish->set_expect_subject_seq(*options.expect_subject_seq);
  }
  if (publish_frame_.ByteSizeLong() > daemon_.frame_bytes_max) {
    return absl::InvalidArgumentError(fmt::format(
        "the event has {} bytes, this daemon takes frames of at most {}; make data smaller",
        publish_frame_.ByteSizeLong(), daemon_.frame_bytes_max));
  }
  if (ack != Ack::kNone) {
    outstanding_.insert(next_request_);
  }
  return Queue(&publish_frame_, next_request_++);
}

uint64_t SessionMachine::Subscribe(const SubscribeOptions& options) {
  proto::ClientFrame frame;
  frame.mutable_subscribe()->set_request(next_request_);
  FillSubscribe(options, frame.mutable_subscribe());
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

absl::Status SessionMachine::Break(absl::Status why) {
  PEAL_CHECK(!why.ok());
  broken_ = std::move(why);
  return broken_;
}

absl::StatusOr<std::optional<Arrival>> SessionMachine::Next() {
  if (!broken_.ok()) {
    return broken_;
  }
  for (;;) {
    if (delivered_count_ < frame_.deliver().events_size()) {
      return NextEvent();
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

absl::StatusOr<std::optional<Arrival>> SessionMachine::NextEvent() {
  if (!event_.ParseFromString(frame_.deliver().events(delivered_count_++))) {
    return Break(NotThisProtocol("an event does not parse"));
  }
  return Delivered{frame_.deliver().request(), base::FromProto(event_)};
}

absl::StatusOr<std::optional<Arrival>> SessionMachine::OnFrame(std::string_view frame) {
  delivered_count_ = 0;
  if (!frame_.ParseFromArray(frame.data(), static_cast<int>(frame.size()))) {
    return Break(NotThisProtocol("a frame does not parse"));
  }
  const auto body = frame_.body_case();
  if (body == proto::ServerFrame::kClosing) {
    const absl::Status why = ToStatus(frame_.closing().code(), frame_.closing().message());
    const std::string text =
        fmt::format("the daemon closed the session: {}", frame_.closing().message());
    return Break(why.ok() ? absl::CancelledError(text) : absl::Status(why.code(), text));
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
      return Subscribed{frame_.subscribed().request(),
                        ToStatus(frame_.subscribed().code(), frame_.subscribed().message())};
    case proto::ServerFrame::kDeliver:
      return std::nullopt;  // Its events are handed out one by one.
    case proto::ServerFrame::kStatus:
      return StatusAnswer{frame_.status().request(), ToDaemonStatus(frame_.status())};
    case proto::ServerFrame::kList:
      return ListAnswer{frame_.list().request(), ToListing(frame_.list())};
    case proto::ServerFrame::kBarrier:
      return BarrierAnswer{frame_.barrier().request(),
                           ToStatus(frame_.barrier().code(), frame_.barrier().message()),
                           frame_.barrier().globalseq()};
    case proto::ServerFrame::kCluster:
      return ClusterAnswer{frame_.cluster().request(),
                           ToStatus(frame_.cluster().code(), frame_.cluster().message())};
    case proto::ServerFrame::kClosing:
    case proto::ServerFrame::BODY_NOT_SET:
      break;
  }
  return Break(NotThisProtocol("a frame of an unknown kind"));
}

absl::StatusOr<std::optional<Arrival>> SessionMachine::OnWelcome(const proto::Welcome& welcome) {
  if (welcome.version() != kVersion) {
    return Break(absl::FailedPreconditionError(
        fmt::format("the daemon speaks version {} of the session protocol, this program version {}",
                    welcome.version(), kVersion)));
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

absl::StatusOr<std::optional<Arrival>> SessionMachine::OnPublished(
    const proto::PublishResult& published) {
  if (published.request() >= next_request_) {
    return Break(NotThisProtocol(
        fmt::format("an answer to request {}, which was not made", published.request())));
  }
  if (outstanding_.erase(published.request()) == 0) {
    return std::nullopt;  // Nobody waits: it was published without an answer.
  }
  return Published{published.request(), ToPublishResult(published)};
}

}  // namespace peal::client
