// Both ends of the session protocol, fed with any bytes: the daemon's session with a client's, the
// client's with a daemon's.
//
// Input: a byte: 0 the daemon's end, else the client's; then pieces. A piece is a byte, 0: its text
// is given as it is; else it is the inside of a frame; and two bytes of length with the text.
#include <google/protobuf/stubs/logging.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "client/session_machine.h"
#include "core/base/check.h"
#include "core/log.h"
#include "core/server/session.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/support/fake_order.h"
#include "tests/support/local_disk.h"
#include "tests/support/manual_loop.h"

namespace peal::fuzz {
namespace {

std::string TakePiece(FuzzInput* input) {
  const bool framed = input->Byte() != 0;
  const std::string text(input->Text());
  std::string piece;
  if (framed) {
    const auto size = static_cast<uint32_t>(text.size());
    piece.append(reinterpret_cast<const char*>(&size), sizeof size);
  }
  return piece + text;
}

class NoHistory : public server::History {
 public:
  explicit NoHistory(io::Loop* loop) : loop_(loop) {}
  Sequence first() const override { return Sequence(0); }
  void Read(Sequence, size_t, Callback done) override {
    loop_->Post([done = std::move(done)] { done(absl::NotFoundError("not held")); });
  }

 private:
  io::Loop* const loop_;
};

// A daemon with one client.
class Host : private server::SessionHost {
 public:
  Host() {
    std::array<int, 2> ends{};
    PEAL_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
    client_ = io::UniqueFd(ends[1]);
    options_.node = "n1";
    options_.publish_window = 16;
    options_.data_bytes_max = 4096;
    options_.session_output_bytes_max = 64 << 10;
    session_ = std::make_unique<server::Session>(
        server::SessionId(1),
        server::SessionContext{&loop_, &options_, &fanout_, &history_, &*local_.history, &intake_,
                               &order_, this},
        io::UniqueFd(ends[0]), io::PeerCredentials{});
  }
  ~Host() override = default;

  // What the daemon answers, so far.
  std::string Take(const std::string& bytes) {
    session_->OnBytes(bytes);
    // Answers, one at a time, make room for what waits.
    while (!order_.submissions.empty()) {
      const proto::Event event = order_.CommitNext();
      feed_.AppendGlobal(order_.applied_sequence, event.type(), event.SerializeAsString());
      fanout_.Advance();
    }
    loop_.Run();
    session_->Pump();
    loop_.Run();
    std::string answer;
    std::array<char, 64 << 10> buffer;
    while (true) {
      const ssize_t count = read(client_.get(), buffer.data(), buffer.size());
      if (count <= 0) {
        return answer;
      }
      answer.append(buffer.data(), static_cast<size_t>(count));
      loop_.Run();
    }
  }

 private:
  server::Session* FindSession(server::SessionId) override { return session_.get(); }
  void OnSessionReady(server::SessionId) override {}
  void OnSubscriptionsChanged() override {}
  void OnDelivered(uint64_t) override {}
  void OnSessionEnded(server::SessionId) override {}
  void FillStatus(proto::StatusReply* reply) override { reply->set_phase("primary"); }
  void FillList(proto::ListRequest::What, proto::ListReply*) override {}
  void LogClient(const std::string&) override {}

  testing_support::ManualLoop loop_;
  testing_support::FakeOrder order_;
  server::ServerOptions options_;
  server::Feed feed_{64 << 10};
  server::Fanout fanout_{&feed_};
  NoHistory history_{&loop_};
  testing_support::LocalDisk local_{&loop_};
  server::Intake intake_{{&loop_, &order_, &feed_, &*local_.log, &options_},
                         [this] { fanout_.Advance(); }};
  io::UniqueFd client_;
  std::unique_ptr<server::Session> session_;
};

constexpr std::string_view kSession = "sixteen bytes of";

// Until there is no more, or what came is no good: then it begins anew, over another connection.
void Drain(client::SessionMachine* machine) {
  while (true) {
    const auto arrival = machine->Next();
    if (!arrival.ok()) {
      machine->Restart();
      return;
    }
    if (!arrival->has_value()) {
      return;
    }
    if (std::holds_alternative<client::Welcomed>(**arrival)) {
      for (const auto& [request, kept] : machine->unanswered().by_request()) {
        machine->PublishAgain(request, 0);
      }
    }
  }
}

void FuzzDaemon(FuzzInput* input) {
  Host host;
  client::SessionMachine client("fuzz", kSession);
  while (!input->empty()) {
    // What a daemon says, whatever it was asked, its client's end can read.
    client.input().Append(host.Take(TakePiece(input)));
    Drain(&client);
  }
}

void FuzzClient(FuzzInput* input) {
  client::SessionMachine client("fuzz", kSession);
  while (!input->empty()) {
    client.input().Append(TakePiece(input));
    Drain(&client);
    if (client.greeted()) {
      Event event;
      event.type = "a.b";
      client.Publish(event, {}, 0).IgnoreError();
      client.RequestStatus();
      client.ConsumeOutput(client.output().size());
    }
  }
}

}  // namespace
}  // namespace peal::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  google::protobuf::SetLogHandler(nullptr);
  peal::log::SetLevel(peal::log::Level::kError);
  peal::fuzz::FuzzInput input(data, size);
  if (input.Byte() == 0) {
    peal::fuzz::FuzzDaemon(&input);
  } else {
    peal::fuzz::FuzzClient(&input);
  }
  return 0;
}
