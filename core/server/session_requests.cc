// What a session does with each kind of request.
#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/status/status.h"
#include "core/base/status_macros.h"
#include "core/server/session.h"
#include "core/server/status_code.h"
#include "fmt/format.h"

namespace peal::server {
namespace {

proto::PublishResult ResultOf(uint64_t request, const Answer& answer, const std::string& node) {
  proto::PublishResult result;
  result.set_request(request);
  result.set_code(CodeOf(answer.status));
  result.set_message(std::string(answer.status.message()));
  result.set_submitted(answer.submitted);
  result.set_stopping(answer.stopping);
  result.set_globalseq(answer.globalseq.value());
  result.set_sequence(answer.sequence.value());
  result.set_node(answer.node.empty() ? node : answer.node);
  result.set_epoch(answer.epoch.value());
  result.set_id(answer.id);
  result.set_duplicate(answer.duplicate);
  result.set_unasked(answer.unasked);
  return result;
}

}  // namespace

absl::Status Session::Dispatch(proto::ClientFrame* frame) {
  switch (frame->body_case()) {
    case proto::ClientFrame::kHello:
      return Handle(frame->hello());
    case proto::ClientFrame::kPublish:
      return Handle(frame->mutable_publish());
    case proto::ClientFrame::kSubscribe:
      return Handle(frame->subscribe());
    case proto::ClientFrame::kUnsubscribe:
      return Handle(frame->unsubscribe());
    case proto::ClientFrame::kStatus:
      return Handle(frame->status());
    case proto::ClientFrame::kList:
      return Handle(frame->list());
    case proto::ClientFrame::kBarrier:
      return Handle(frame->barrier());
    case proto::ClientFrame::kCluster:
      return Handle(frame->cluster());
    case proto::ClientFrame::kConfirm:
      return Handle(frame->confirm());
    case proto::ClientFrame::kRemoveDurable:
      return Handle(frame->remove_durable());
    case proto::ClientFrame::BODY_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("a frame of no known kind");
}

absl::Status Session::Handle(const proto::Hello& request) {
  if (request.version() < kVersion) {
    return absl::InvalidArgumentError(
        fmt::format("protocol version {}, this daemon speaks {}", request.version(), kVersion));
  }
  if (request.client().size() > kClientNameBytesMax) {
    return absl::InvalidArgumentError(
        fmt::format("a client name of {} bytes, at most {} are allowed", request.client().size(),
                    kClientNameBytesMax));
  }
  if (ClientSession session; !request.session().empty()) {
    if (request.session().size() != session.size()) {
      return absl::InvalidArgumentError(fmt::format("a client session's id of {} bytes, it has {}",
                                                    request.session().size(), session.size()));
    }
    std::copy(request.session().begin(), request.session().end(), session.begin());
    client_session_ = session;
  }
  client_ = request.client();
  state_ = State::kServing;
  hello_timer_.reset();

  const ServerOptions& options = *context_.options;
  proto::ServerFrame frame;
  proto::Welcome* const welcome = frame.mutable_welcome();
  welcome->set_version(kVersion);
  welcome->set_node(options.node);
  welcome->set_incarnation(options.incarnation.value());
  welcome->set_frame_bytes_max(static_cast<uint32_t>(options.data_bytes_max + kFrameOverheadBytes));
  welcome->set_data_bytes_max(static_cast<uint32_t>(options.data_bytes_max));
  welcome->set_publish_window(static_cast<uint32_t>(options.publish_window));
  Send(frame);
  return absl::OkStatus();
}

absl::StatusOr<ClientPublish> Session::ClientPublishOf(const proto::Publish& request) const {
  if (request.client_sequence() == 0) {
    return ClientPublish();
  }
  if (!client_session_ || request.unanswered_from() == 0 ||
      request.unanswered_from() > request.client_sequence()) {
    return absl::InvalidArgumentError(fmt::format(
        "publish {} of {} with all before {} answered", request.client_sequence(),
        client_session_ ? "a client session" : "no client session", request.unanswered_from()));
  }
  return ClientPublish{.session = *client_session_,
                       .sequence = ClientSequence(request.client_sequence()),
                       .unanswered_from = ClientSequence(request.unanswered_from())};
}

absl::Status Session::Handle(proto::Publish* request) {
  if (!proto::Ack_IsValid(request->ack())) {
    return absl::InvalidArgumentError(
        fmt::format("a publish with the unknown ack {}", static_cast<int>(request->ack())));
  }
  PEAL_ASSIGN_OR_RETURN(const ClientPublish client, ClientPublishOf(*request));
  const AnswerSlot slot = answers_.Open(request->ack() == proto::ACK_NONE);
  if (absl::Status permission = MayPublish(request->event()); !permission.ok()) {
    AnswerPublish(slot, request->request(), {.status = std::move(permission)});
    return absl::OkStatus();
  }
  // The answer may come when this session is gone: it is looked up by its number.
  context_.intake->Publish(
      {.event = request->mutable_event(),
       .ack = request->ack(),
       .timeout = std::chrono::milliseconds(request->timeout_ms()),
       .expect_subject = request->has_expect_subject_seq()
                             ? std::optional(Sequence(request->expect_subject_seq()))
                             : std::nullopt,
       .client = client,
       .origin = &peer_},
      [host = context_.host, id = id_, slot, number = request->request()](const Answer& answer) {
        if (Session* const session = host->FindSession(id)) {
          session->AnswerPublish(slot, number, answer);
        }
      });
  return absl::OkStatus();
}

void Session::AnswerPublish(AnswerSlot slot, uint64_t request, const Answer& answer) {
  answers_.Fill(slot, ResultOf(request, answer, context_.options->node),
                [this](proto::PublishResult* result) {
                  answer_frame_.mutable_published()->Swap(result);
                  Send(answer_frame_);
                });
  take_frames_.Schedule();
}

absl::Status Session::Handle(const proto::StatusRequest& request) {
  proto::ServerFrame frame;
  context_.host->FillStatus(frame.mutable_status());
  frame.mutable_status()->set_request(request.request());
  Send(frame);
  return absl::OkStatus();
}

absl::Status Session::Handle(const proto::ListRequest& request) {
  proto::ServerFrame frame;
  context_.host->FillList(request.what(), frame.mutable_list());
  frame.mutable_list()->set_request(request.request());
  Send(frame);
  return absl::OkStatus();
}

absl::Status Session::Handle(const proto::BarrierRequest& request) {
  ++barriers_;
  context_.intake->Barrier(
      std::chrono::milliseconds(request.timeout_ms()),
      [host = context_.host, id = id_, number = request.request()](const Answer& answer) {
        if (Session* const session = host->FindSession(id)) {
          session->AnswerBarrier(number, answer);
        }
      });
  return absl::OkStatus();
}

absl::Status Session::Handle(const proto::ClusterRequest& request) {
  if (!proto::ClusterRequest::Action_IsValid(request.action())) {
    return absl::InvalidArgumentError(fmt::format("a change of the cluster of the unknown kind {}",
                                                  static_cast<int>(request.action())));
  }
  if (const absl::Status permission = MayChangeVoters(); !permission.ok()) {
    AnswerCluster(request.request(), permission);
    return absl::OkStatus();
  }
  const std::chrono::milliseconds timeout = request.timeout_ms() == 0
                                                ? context_.options->publish_timeout_default
                                                : std::chrono::milliseconds(request.timeout_ms());
  context_.order->ChangeVoters(
      request.action(), request.node(), timeout,
      [host = context_.host, id = id_, number = request.request()](const absl::Status& status) {
        if (Session* const session = host->FindSession(id)) {
          session->AnswerCluster(number, status);
        }
      });
  return absl::OkStatus();
}

void Session::AnswerCluster(uint64_t request, const absl::Status& status) {
  proto::ServerFrame frame;
  proto::ClusterReply* const reply = frame.mutable_cluster();
  reply->set_request(request);
  reply->set_code(CodeOf(status));
  reply->set_message(std::string(status.message()));
  Send(frame);
}

void Session::AnswerBarrier(uint64_t request, const Answer& answer) {
  --barriers_;
  proto::ServerFrame frame;
  proto::BarrierReply* const reply = frame.mutable_barrier();
  reply->set_request(request);
  reply->set_code(CodeOf(answer.status));
  reply->set_message(std::string(answer.status.message()));
  reply->set_globalseq(answer.globalseq.value());
  Send(frame);
  take_frames_.Schedule();
}

}  // namespace peal::server
