// Both ends of the session protocol, fed with any bytes: the daemon's session with a client's, the
// client's with a daemon's.
//
// Input: a byte: 0 the daemon's end, 1 the same for a client that may only publish and subscribe to
// what is under "a.", else the client's end; then pieces. A piece is a byte, 0: its text
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
  Sequence PlaceBefore(int64_t) const override { return Sequence(0); }
  void Read(Sequence, size_t, Callback done) override {
    loop_->Post([done = std::move(done)] { done(absl::NotFoundError("not held")); });
  }

 private:
  io::Loop* const loop_;
};

constexpr uid_t kConfined = 1000;

server::Access ConfinedAccess() {
  return {/*owner=*/90,
          {{.uid = kConfined,
            .verbs = {server::Verb::kPublish, server::Verb::kSubscribe},
            .types = {*filter::TypeGlob::Parse("a.*")}}}};
}

// A daemon with one client: root's, or the one of kConfined.
class Host : private server::SessionHost {
 public:
  explicit Host(uid_t uid) : uid_(uid) {
    std::array<int, 2> ends{};
    PEAL_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
    client_ = io::UniqueFd(ends[1]);
    options_.node = "n1";
    options_.publish_window = 16;
    options_.data_bytes_max = 4096;
    options_.session_output_bytes_max = 64 << 10;
    options_.access = ConfinedAccess();
    PEAL_CHECK(uid_limits_.Enter(uid, {}).ok());
    // Nothing that the client owns.
    order_.durables = {{"root", {}, 0}};
    session_ = std::make_unique<server::Session>(
        server::SessionId(1),
        server::SessionContext{&loop_, &options_, &uid_limits_, &fanout_, &history_,
                               &*local_.history, &intake_, &order_, &holds_, &*local_.log, &places_,
                               &dispatch_, &asking_, this},
        io::UniqueFd(ends[0]), io::PeerCredentials{.uid = uid});
  }
  ~Host() override = default;

  // What the daemon answers, so far.
  std::string Take(const std::string& bytes) {
    session_->OnBytes(bytes);
    CheckConfined();
    // Answers, one at a time, make room for what waits.
    while (!order_.durable_changes.empty()) {
      order_.CommitDurable();
    }
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
  // What it may not do has not happened.
  void CheckConfined() const {
    if (uid_ != kConfined) {
      return;
    }
    PEAL_CHECK(order_.voter_changes.empty());
    PEAL_CHECK(order_.FindDurable("root")->owner == 0);
    PEAL_CHECK(order_.FindDurable("root")->node.empty());
    for (const auto& submission : order_.submissions) {
      PEAL_CHECK(submission.event.type().starts_with("a."));
      PEAL_CHECK(submission.event.originuid() == kConfined);
    }
    for (const auto& [request, subscription] : session_->subscriptions()) {
      PEAL_CHECK(!subscription.spec().types.empty());
      for (const filter::TypeGlob& glob : subscription.spec().types) {
        PEAL_CHECK(glob.text().starts_with("a."));
      }
    }
  }

  server::Session* FindSession(server::SessionId) override { return session_.get(); }
  void OnSessionReady(server::SessionId) override {}
  void OnSubscriptionsChanged() override {
    loop_.Post([this] { asking_.Update(); });
  }
  void OnDelivered(uint64_t) override {}
  void OnSessionEnded(server::SessionId) override {}
  void FillStatus(proto::StatusReply* reply) override { reply->set_phase("primary"); }
  void FillList(proto::ListRequest::What, proto::ListReply*) override {}
  void LogClient(const std::string&) override {}

  const uid_t uid_;
  testing_support::ManualLoop loop_;
  testing_support::FakeOrder order_;
  server::ServerOptions options_;
  server::UidLimits uid_limits_{&options_};
  server::Feed feed_{64 << 10};
  server::Fanout fanout_{&feed_};
  NoHistory history_{&loop_};
  testing_support::LocalDisk local_{&loop_};
  server::Dispatch dispatch_{{*filter::TypeGlob::Parse("f*")}, {}};
  server::Asking asking_{&loop_, &order_};
  server::Intake intake_{{&loop_, &order_, &feed_, &*local_.log, &options_, &dispatch_},
                         [this] { fanout_.Advance(); }};
  server::DurableHolds holds_{&loop_, &intake_, &order_};
  const server::PlaceFormat places_{local_.log->id(), Incarnation(1), server::LocalNumber(0)};
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

void FuzzDaemon(uid_t uid, FuzzInput* input) {
  Host host(uid);
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
      static_cast<void>(client.Publish(event, {}, 0));
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
  if (const uint8_t end = input.Byte(); end <= 1) {
    peal::fuzz::FuzzDaemon(end == 0 ? 0 : peal::fuzz::kConfined, &input);
  } else {
    peal::fuzz::FuzzClient(&input);
  }
  return 0;
}
