#include "core/base/frame.h"

#include <gtest/gtest.h>

#include "proto/session.pb.h"

namespace peal::base {
namespace {

constexpr size_t kMax = 1000;

proto::ClientFrame Hello(const std::string& client) {
  proto::ClientFrame frame;
  frame.mutable_hello()->set_version(1);
  frame.mutable_hello()->set_client(client);
  return frame;
}

std::string Framed(const std::vector<std::string>& clients) {
  std::string stream;
  for (const std::string& client : clients) {
    AppendFrame(&stream, Hello(client));
  }
  return stream;
}

// All frames that are whole now, as the client names they hold.
std::vector<std::string> Drain(FrameReader* reader) {
  std::vector<std::string> clients;
  for (;;) {
    const auto next = reader->Next();
    EXPECT_TRUE(next.ok()) << next.status();
    if (!next.ok() || !next->has_value()) {
      return clients;
    }
    proto::ClientFrame frame;
    EXPECT_TRUE(frame.ParseFromString(std::string(**next)));
    clients.push_back(frame.hello().client());
  }
}

TEST(Frame, LengthIsLittleEndianAndCountsTheBodyOnly) {
  std::string stream;

  AppendFrame(&stream, Hello(std::string(300, 'x')));

  const size_t body = stream.size() - kFrameHeaderBytes;
  EXPECT_EQ(static_cast<uint8_t>(stream[0]), body & 0xff);
  EXPECT_EQ(static_cast<uint8_t>(stream[1]), body >> 8);
  EXPECT_EQ(stream[2], 0);
  EXPECT_EQ(stream[3], 0);
}

TEST(FrameReader, FindsTheFramesHoweverTheStreamIsTorn) {
  const std::string stream = Framed({"a", "bb", std::string(200, 'c')});
  for (size_t cut = 0; cut <= stream.size(); ++cut) {
    FrameReader reader(kMax);

    reader.Append(stream.substr(0, cut));
    std::vector<std::string> clients = Drain(&reader);
    reader.Append(stream.substr(cut));
    for (std::string& client : Drain(&reader)) {
      clients.push_back(std::move(client));
    }

    EXPECT_EQ(clients, (std::vector<std::string>{"a", "bb", std::string(200, 'c')})) << cut;
    EXPECT_EQ(reader.pending_bytes(), 0U);
  }
}

TEST(FrameReader, TakesOneByteAtATime) {
  FrameReader reader(kMax);
  std::vector<std::string> clients;

  for (const char byte : Framed({"a", "b", "c"})) {
    reader.Append({&byte, 1});
    for (std::string& client : Drain(&reader)) {
      clients.push_back(std::move(client));
    }
  }

  EXPECT_EQ(clients, (std::vector<std::string>{"a", "b", "c"}));
}

TEST(FrameReader, TellsThatTheStreamEndedWithinAFrame) {
  const std::string stream = Framed({"hello"});
  FrameReader reader(kMax);

  reader.Append(std::string_view(stream).substr(0, stream.size() - 1));

  EXPECT_TRUE(Drain(&reader).empty());
  EXPECT_EQ(reader.pending_bytes(), stream.size() - 1);
}

TEST(FrameReader, AFrameMayBeAsLongAsTheLimitAndNoLonger) {
  const std::string stream = Framed({"hello"});
  const size_t body = stream.size() - kFrameHeaderBytes;
  FrameReader exact(body);
  FrameReader tighter(body - 1);

  exact.Append(stream);
  tighter.Append(stream);

  EXPECT_EQ(Drain(&exact).size(), 1U);
  EXPECT_EQ(tighter.Next().status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(FrameReader, AnAbsurdLengthIsAnErrorBeforeItsBytesCome) {
  FrameReader reader(kMax);

  reader.Append("\xff\xff\xff\xff");

  EXPECT_EQ(reader.Next().status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(FrameReader, AnEmptyFrameIsAnErrorThatStays) {
  FrameReader reader(kMax);

  reader.Append(std::string_view("\0\0\0\0", 4));
  EXPECT_FALSE(reader.Next().ok());
  reader.Append(Framed({"good"}));

  EXPECT_EQ(reader.Next().status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(FrameReader, FramesBeforeABadOneAreReturned) {
  FrameReader reader(kMax);
  reader.Append(Framed({"good"}) + std::string(4, '\0'));

  const auto first = reader.Next();
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(first->has_value());

  EXPECT_FALSE(reader.Next().ok());
}

TEST(FrameReader, ReadsStraightIntoItsBuffer) {
  const std::string stream = Framed({std::string(500, 'x'), "y"});
  FrameReader reader(kMax);
  size_t given = 0;
  std::vector<std::string> clients;

  while (given < stream.size()) {
    const std::span<char> room = reader.Prepare(64);
    ASSERT_GE(room.size(), 64U);
    const size_t bytes = std::min<size_t>(64, stream.size() - given);
    std::copy_n(stream.begin() + static_cast<std::ptrdiff_t>(given), bytes, room.begin());
    reader.Commit(bytes);
    given += bytes;
    for (std::string& client : Drain(&reader)) {
      clients.push_back(std::move(client));
    }
  }

  EXPECT_EQ(clients, (std::vector<std::string>{std::string(500, 'x'), "y"}));
}

TEST(FrameReader, GivesTheMemoryOfALargeFrameBack) {
  FrameReader reader(4 << 20);
  reader.Append(Framed({std::string(2 << 20, 'x')}));
  EXPECT_EQ(Drain(&reader).size(), 1U);

  const std::span<char> room = reader.Prepare(1024);

  EXPECT_LT(room.size(), 256U * 1024 + 1);
}

}  // namespace
}  // namespace peal::base
