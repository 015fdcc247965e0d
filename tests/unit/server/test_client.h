// A client of the server for its tests: what it sends is the test's word, good or bad.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/frame.h"
#include "core/io/socket.h"
#include "proto/session.pb.h"
#include "tests/support/loop_driver.h"

namespace peal::server {

class TestClient {
 public:
  TestClient(io::Loop* loop, const std::string& path) : loop_(loop) {
    absl::StatusOr<io::UniqueFd> fd = io::ConnectUnix(path);
    EXPECT_TRUE(fd.ok()) << fd.status();
    fd_ = *std::move(fd);
  }

  void SendBytes(std::string_view bytes) {
    ASSERT_EQ(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  void Send(const proto::ClientFrame& frame) {
    std::string bytes;
    base::AppendFrame(&bytes, frame);
    SendBytes(bytes);
  }
  void Hello(uint32_t version = 1, const std::string& session = "") {
    proto::ClientFrame frame;
    frame.mutable_hello()->set_version(version);
    frame.mutable_hello()->set_session(session);
    frame.mutable_hello()->set_client("test");
    Send(frame);
  }
  void Publish(uint64_t request, const std::string& type, proto::Scope scope = proto::SCOPE_GLOBAL,
               uint32_t timeout_ms = 0) {
    proto::ClientFrame frame;
    proto::Publish* const publish = frame.mutable_publish();
    publish->set_request(request);
    publish->set_timeout_ms(timeout_ms);
    publish->mutable_event()->set_type(type);
    publish->mutable_event()->set_scope(scope);
    Send(frame);
  }
  // Publishes as this publish of the client's session.
  void PublishNumbered(uint64_t request, uint64_t client_sequence, uint64_t unanswered_from) {
    proto::ClientFrame frame;
    proto::Publish* const publish = frame.mutable_publish();
    publish->set_request(request);
    publish->set_client_sequence(client_sequence);
    publish->set_unanswered_from(unanswered_from);
    publish->mutable_event()->set_type("app.g");
    Send(frame);
  }
  void Subscribe(uint64_t request, const std::vector<std::string>& types,
                 proto::Subscribe::From from = proto::Subscribe::NEW,
                 proto::Subscribe::Scope scope = proto::Subscribe::ALL) {
    proto::ClientFrame frame;
    proto::Subscribe* const subscribe = frame.mutable_subscribe();
    subscribe->set_request(request);
    subscribe->mutable_types()->Assign(types.begin(), types.end());
    subscribe->set_from(from);
    subscribe->set_scope(scope);
    Send(frame);
  }
  void Close() { fd_.Reset(); }

  // The next frame of the daemon; nullopt when it closed, or nothing comes.
  std::optional<proto::ServerFrame> Next() {
    std::optional<proto::ServerFrame> frame;
    EXPECT_TRUE(testing_support::RunUntil(loop_, [&] {
      frame = Poll();
      return frame.has_value() || closed_;
    })) << "nothing came";
    return frame;
  }
  // The next events delivered, at least `count` of them.
  std::vector<proto::Event> Events(size_t count) {
    std::vector<proto::Event> events;
    while (events.size() < count) {
      const std::optional<proto::ServerFrame> frame = Next();
      if (!frame || !frame->has_deliver()) {
        ADD_FAILURE() << "no delivery";
        break;
      }
      for (const std::string& encoded : frame->deliver().events()) {
        EXPECT_TRUE(events.emplace_back().ParseFromString(encoded));
      }
    }
    return events;
  }
  // What has come without waiting.
  std::optional<proto::ServerFrame> Poll() {
    std::array<char, 65536> buffer;
    absl::StatusOr<std::optional<std::string_view>> bytes = reader_.Next();
    if (bytes.ok() && !bytes->has_value() && fd_.valid()) {
      const ssize_t count = ::read(fd_.get(), buffer.data(), buffer.size());
      closed_ = closed_ || count == 0 || (count < 0 && errno == ECONNRESET);
      if (count > 0) {
        reader_.Append({buffer.data(), static_cast<size_t>(count)});
        bytes = reader_.Next();
      }
    }
    proto::ServerFrame frame;
    if (!bytes.ok() || !bytes->has_value()) {
      return std::nullopt;
    }
    EXPECT_TRUE(frame.ParseFromArray((*bytes)->data(), static_cast<int>((*bytes)->size())));
    return frame;
  }
  bool closed() const { return closed_; }

 private:
  io::Loop* const loop_;
  io::UniqueFd fd_;
  base::FrameReader reader_{size_t{16} << 20};
  bool closed_ = false;
};

}  // namespace peal::server
