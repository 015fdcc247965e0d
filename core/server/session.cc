#include "core/server/session.h"

#include <utility>

#include "core/base/check.h"
#include "core/log.h"
#include "core/server/status_code.h"
#include "fmt/format.h"

namespace peal::server {
namespace {

void LogUnreadable(const std::string& client, const absl::Status& status) {
  if (!status.ok() && !absl::IsNotFound(status)) {
    log::Error("history for client '{}': {}", client, std::string(status.message()));
  }
}

}  // namespace

Session::Session(SessionId id, const SessionContext& context, io::UniqueFd fd,
                 io::PeerCredentials peer)
    : id_(id),
      context_(context),
      peer_(std::move(peer)),
      rights_(context.options->access.RightsOf(peer_)),
      reader_(context.options->data_bytes_max + kFrameOverheadBytes),
      stream_(context.loop, std::move(fd), context.options->session_output_bytes_max, this),
      take_frames_(context.loop, [this] { TakeFrames(); }) {
  hello_timer_ = context_.loop->After(context_.options->hello_timeout, [this] {
    Reject(absl::DeadlineExceededError(
        fmt::format("no Hello within {} ms", context_.options->hello_timeout.count())));
  });
}

Session::~Session() {
  while (!held_.empty()) {
    LetHold(held_.begin()->first, /*answer=*/false);
  }
}

void Session::OnBytes(std::string_view bytes) {
  reader_.Append(bytes);
  TakeFrames();
}

void Session::TakeFrames() {
  while (state_ != State::kClosing && !stream_.ended() && !MustWait()) {
    const absl::StatusOr<std::optional<std::string_view>> frame = reader_.Next();
    if (frame.ok() && !frame->has_value()) {
      break;
    }
    const absl::Status status = frame.ok() ? Take(**frame) : frame.status();
    if (!status.ok()) {
      Reject(status);
    }
  }
  stream_.SetReading(!MustWait());
}

absl::Status Session::Take(std::string_view bytes) {
  proto::ClientFrame frame;
  if (!frame.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::InvalidArgumentError("a frame that is no ClientFrame");
  }
  if (frame.has_hello() != (state_ == State::kGreeting)) {
    return absl::InvalidArgumentError(frame.has_hello() ? "a second Hello"
                                                        : "the first frame is no Hello");
  }
  return Dispatch(&frame);
}

bool Session::MustWait() const {
  return answers_.size() + barriers_ >= context_.options->publish_window ||
         stream_.AboveHighWater();
}

void Session::Send(const proto::ServerFrame& frame) {
  if (state_ == State::kClosing) {
    return;
  }
  base::AppendFrame(stream_.output(), frame);
  stream_.Flush();
}

void Session::Close(const absl::Status& reason) {
  if (state_ == State::kClosing) {
    return;
  }
  proto::ServerFrame frame;
  frame.mutable_closing()->set_code(CodeOf(reason));
  frame.mutable_closing()->set_message(std::string(reason.message()));
  Send(frame);
  state_ = State::kClosing;
  hello_timer_.reset();
  stream_.Finish();
}

void Session::Reject(const absl::Status& reason) {
  context_.host->LogClient(fmt::format("closed client '{}' (pid {}, uid {}): {}", client_,
                                       peer_.pid, peer_.uid, std::string(reason.message())));
  Close(reason);
}

bool Session::Pump() {
  if (state_ != State::kServing || stream_.ended()) {
    return false;
  }
  for (auto at = ready_.begin(); at != ready_.end();) {
    if (stream_.AboveHighWater()) {
      return false;  // OnDrained() goes on.
    }
    const auto found = subscriptions_.find(*at);
    if (found == subscriptions_.end() || !found->second.HasMore()) {
      at = ready_.erase(at);
      continue;
    }
    PumpOne(found->first, &found->second);
    ++at;
  }
  return !ready_.empty() && !stream_.AboveHighWater();
}

void Session::PumpOne(uint64_t request, Subscription* subscription) {
  if (const std::optional<HistoryWish> wish = subscription->TakeHistoryWish()) {
    ReadHistory(request, *wish);
    return;
  }
  Delivery delivery(request, stream_.output());
  subscription->Pull(kDeliverBytesMax, &delivery);
  Finish(request, *subscription, &delivery);
}

void Session::Wake(uint64_t request) {
  ready_.insert(request);
  context_.host->OnSessionReady(id_);
}

void Session::Finish(uint64_t request, const Subscription& subscription, Delivery* delivery) {
  delivery->Finish(context_.places->ToProto(subscription.place()));
  if (delivery->events() > 0) {
    context_.host->OnDelivered(delivery->events());
    stream_.Flush();
  }
  if (!subscription.ended().ok()) {
    LetHold(request, /*answer=*/false);
    EndSubscription(request, subscription.ended());
  }
}

// The answer may come when this session is gone: it is looked up by its number.
void Session::ReadHistory(uint64_t request, const HistoryWish& wish) {
  const auto answer = [host = context_.host, id = id_, request](const TakeHistory& take) {
    if (Session* const session = host->FindSession(id)) {
      session->OnHistory(request, take);
    }
  };
  switch (wish.kind) {
    case HistoryWish::Kind::kGlobals:
      context_.history->Read(wish.global, kDeliverBytesMax,
                             [history = context_.history, client = client_,
                              answer](absl::StatusOr<EventChunk> events) {
                               LogUnreadable(client, events.status());
                               answer([&](Subscription* subscription, Delivery* out) {
                                 subscription->TakeGlobals(std::move(events), history->first(),
                                                           out);
                               });
                             });
      break;
    case HistoryWish::Kind::kLocals:
      context_.local_history->Read(wish.local, kDeliverBytesMax, [answer](LocalChunk chunk) {
        answer([&chunk](Subscription* subscription, Delivery* out) {
          subscription->TakeLocals(std::move(chunk), out);
        });
      });
      break;
    case HistoryWish::Kind::kLocalsStart:
      context_.local_history->FindAfter(wish.global, [answer](LocalNumber start) {
        answer([start](Subscription* subscription, Delivery*) {
          subscription->TakeLocalsStart(start);
        });
      });
      break;
  }
}

void Session::OnHistory(uint64_t request, const TakeHistory& take) {
  const auto found = subscriptions_.find(request);
  if (found == subscriptions_.end() || state_ != State::kServing) {
    return;
  }
  Delivery delivery(request, stream_.output());
  take(&found->second, &delivery);
  Finish(request, found->second, &delivery);
  Wake(request);
}

void Session::OnDrained() {
  take_frames_.Schedule();
  context_.host->OnSessionReady(id_);
}

void Session::OnEnd(const absl::Status& reason) {
  hello_timer_.reset();
  if (state_ != State::kClosing && (!reason.ok() || reader_.pending_bytes() > 0)) {
    context_.host->LogClient(
        fmt::format("client '{}' (pid {}, uid {}) ended {}", client_, peer_.pid, peer_.uid,
                    reason.ok() ? "in the middle of a frame" : std::string(reason.message())));
  }
  state_ = State::kClosing;
  context_.host->OnSessionEnded(id_);
}

}  // namespace peal::server
