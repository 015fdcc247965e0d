#include "client/testing/fake_wire.h"

#include <utility>

#include "client/status_convert.h"
#include "core/base/check.h"

namespace peal::testing {
namespace {

// Of what waits to be taken, each way.
constexpr size_t kHighWaterBytes = size_t{1} << 20;
constexpr size_t kFrameBytesMax = size_t{64} << 20;

proto::Code CodeOf(const Status& status) {
  return static_cast<proto::Code>(client::ToAbsl(status).code());
}

}  // namespace

FakeWire::Side::Side(FakeWire* owner, io::Loop* loop, io::UniqueFd fd)
    : wire(owner), reader(kFrameBytesMax), stream(loop, std::move(fd), kHighWaterBytes, this) {}

void FakeWire::Side::OnBytes(std::string_view bytes) {
  reader.Append(bytes);
  wire->Pass(this);
}

void FakeWire::Side::OnDrained() {
  wire->Pass(wire->Other(this));
}

void FakeWire::Side::OnEnd(const absl::Status& /*reason*/) {
  if (this == &wire->client_ || wire->late_.empty()) {
    wire->Other(this)->stream.Finish();
  }
}

FakeWire::FakeWire(io::Loop* loop, io::UniqueFd client, io::UniqueFd daemon, PublishFaults* faults,
                   const std::chrono::milliseconds* delay)
    : loop_(loop),
      faults_(faults),
      delay_(delay),
      client_(this, loop, std::move(client)),
      daemon_(this, loop, std::move(daemon)) {}

void FakeWire::Pass(Side* from) {
  Side* const to = Other(from);
  const auto full = [this, to] {
    return to->stream.AboveHighWater() || late_bytes_ >= kHighWaterBytes;
  };
  while (!full()) {
    const absl::StatusOr<std::optional<std::string_view>> frame = from->reader.Next();
    PEAL_CHECK(frame.ok());  // Both sides are ours.
    if (!frame->has_value()) {
      break;
    }
    if (from == &client_ ? TakesFromClient(**frame) : TakesFromDaemon(**frame)) {
      Send(to, **frame);
    }
  }
  from->stream.SetReading(!full());
}

void FakeWire::Send(Side* to, std::string_view frame) {
  base::AppendFrame(to->stream.output(), {frame});
  to->stream.Flush();
}

bool FakeWire::TakesFromClient(std::string_view frame) {
  proto::ClientFrame parsed;
  if (faults_->empty() || !parsed.ParseFromArray(frame.data(), static_cast<int>(frame.size())) ||
      !parsed.has_publish() || parsed.publish().ack() == proto::ACK_NONE) {
    return true;
  }
  const PublishFault fault = std::move(faults_->front());
  faults_->pop_front();
  if (fault.status.kind() != ErrorKind::kTimedOut) {
    Answer(parsed.publish().request(), fault.status);
    return false;
  }
  if (fault.published) {
    unanswered_.insert(parsed.publish().request());
  }
  return fault.published;
}

void FakeWire::Answer(uint64_t request, const Status& status) {
  proto::ServerFrame frame;
  frame.mutable_published()->set_request(request);
  frame.mutable_published()->set_code(CodeOf(status));
  frame.mutable_published()->set_message(status.message());
  Send(&client_, frame.SerializeAsString());
}

bool FakeWire::TakesFromDaemon(std::string_view frame) {
  proto::ServerFrame parsed;
  if (!unanswered_.empty() && parsed.ParseFromArray(frame.data(), static_cast<int>(frame.size())) &&
      parsed.has_published() && unanswered_.erase(parsed.published().request()) > 0) {
    return false;
  }
  if (*delay_ == std::chrono::milliseconds(0) && late_.empty()) {
    return true;
  }
  late_bytes_ += frame.size();
  late_.emplace_back(frame);
  late_timers_.push_back(loop_->After(*delay_, [this] { SendLate(); }));
  return false;
}

void FakeWire::SendLate() {
  const std::string frame = std::move(late_.front());
  late_.pop_front();
  late_timers_.pop_front();
  late_bytes_ -= frame.size();
  Send(&client_, frame);
  if (daemon_.stream.ended() && late_.empty()) {
    client_.stream.Finish();
  } else if (!daemon_.stream.ended()) {
    Pass(&daemon_);
  }
}

void FakeWire::Close(const Status& why) {
  proto::ServerFrame frame;
  frame.mutable_closing()->set_code(CodeOf(why));
  frame.mutable_closing()->set_message(why.message());
  Send(&client_, frame.SerializeAsString());
  client_.stream.Finish();
}

}  // namespace peal::testing
