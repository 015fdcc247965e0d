#include "core/io/stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <string>

#include "tests/support/loop_driver.h"

namespace peal::io {
namespace {

using testing_support::RunUntil;

constexpr size_t kHighWater = 64 << 10;

// A stream, and the plain socket of its peer.
class StreamTest : public testing::Test, public StreamUser {
 protected:
  StreamTest() : loop_(MakeAsioLoop()) {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds.data()), 0);
    peer_ = UniqueFd(fds[1]);
    stream_.emplace(loop_.get(), UniqueFd(fds[0]), kHighWater, this);
  }

  void OnBytes(std::string_view bytes) override { received_ += bytes; }
  void OnDrained() override { ++drained_; }
  void OnEnd(const absl::Status& reason) override {
    ++ended_;
    reason_ = reason;
  }

  void Send(const std::string& bytes) {
    *stream_->output() += bytes;
    stream_->Flush();
  }
  void PeerSends(const std::string& bytes) {
    ASSERT_EQ(::write(peer_.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  // Reads what is there for the peer.
  void PeerReads() {
    std::array<char, 65536> buffer;
    ssize_t count = 0;
    while ((count = ::read(peer_.get(), buffer.data(), buffer.size())) > 0) {
      peer_received_.append(buffer.data(), static_cast<size_t>(count));
    }
    peer_sees_end_ = peer_sees_end_ || count == 0;
  }
  bool Reaches(const std::function<bool()>& condition) { return RunUntil(loop_.get(), condition); }
  void Turn() {
    bool turned = false;
    loop_->Post([&] { turned = true; });
    ASSERT_TRUE(Reaches([&] { return turned; }));
  }

  const std::unique_ptr<Loop> loop_;
  UniqueFd peer_;
  std::optional<Stream> stream_;
  std::string received_;
  std::string peer_received_;
  bool peer_sees_end_ = false;
  int drained_ = 0;
  int ended_ = 0;
  absl::Status reason_;
};

TEST_F(StreamTest, CarriesBytesBothWays) {
  PeerSends("hello");
  Send("wel");
  Send("come");

  EXPECT_TRUE(Reaches([&] {
    PeerReads();
    return received_ == "hello" && peer_received_ == "welcome";
  }));
}

TEST_F(StreamTest, TellsWhenAFullOutputHasDrained) {
  const std::string much(4 << 20, 'x');
  Send(much);
  Turn();
  EXPECT_TRUE(stream_->AboveHighWater());
  EXPECT_EQ(drained_, 0);

  EXPECT_TRUE(Reaches([&] {
    PeerReads();
    return peer_received_.size() == much.size();
  }));

  Turn();
  EXPECT_EQ(drained_, 1);
  EXPECT_FALSE(stream_->AboveHighWater());
}

TEST_F(StreamTest, ReadsNothingWhileReadingIsOff) {
  stream_->SetReading(false);
  PeerSends("wait");
  Turn();
  EXPECT_EQ(received_, "");

  stream_->SetReading(true);

  EXPECT_TRUE(Reaches([&] { return received_ == "wait"; }));
}

TEST_F(StreamTest, EndsOnceWhenThePeerCloses) {
  PeerSends("last words");
  peer_.Reset();

  EXPECT_TRUE(Reaches([&] { return ended_ == 1; }));
  EXPECT_EQ(received_, "last words");
  EXPECT_TRUE(reason_.ok());
}

TEST_F(StreamTest, StillReadsWhatAPeerSentThatDoesNotReadItsAnswers) {
  stream_->SetReading(false);
  PeerSends("publish and go");
  peer_.Reset();
  Send("an answer");
  Turn();
  EXPECT_EQ(ended_, 0);

  stream_->SetReading(true);

  EXPECT_TRUE(Reaches([&] { return ended_ == 1; }));
  EXPECT_EQ(received_, "publish and go");
}

TEST_F(StreamTest, FinishSendsWhatIsCollectedAndEnds) {
  Send("closing");
  stream_->Finish();

  EXPECT_TRUE(Reaches([&] {
    PeerReads();
    return peer_sees_end_ && ended_ == 1;
  }));
  EXPECT_EQ(peer_received_, "closing");
}

TEST_F(StreamTest, FinishDoesNotWaitForeverForAPeerThatDoesNotRead) {
  Send(std::string(4 << 20, 'x'));
  stream_->Finish();

  EXPECT_TRUE(Reaches([&] { return ended_ == 1; }));
}

}  // namespace
}  // namespace peal::io
