#include "core/server/event_chunk.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "proto/event.pb.h"

namespace peal::server {
namespace {

std::string Encoded(const std::string& type) {
  proto::Event event;
  event.set_type(type);
  event.set_subject("s");
  return event.SerializeAsString();
}

proto::Event Parsed(const EventChunk::Event& event) {
  proto::Event out;
  EXPECT_TRUE(out.ParseFromString(std::string(event.encoded)));
  return out;
}

TEST(EventChunk, GivesWhatWasAddedWithTheStampsOfTheOrder) {
  EventChunk chunk;
  ASSERT_TRUE(chunk.Add(Sequence(7), Epoch(3), Encoded("app.one")));
  ASSERT_TRUE(chunk.Add(Sequence(9), Epoch(4), Encoded("app.another")));

  ASSERT_EQ(chunk.size(), 2U);
  EXPECT_EQ(chunk.front().globalseq, Sequence(7));
  EXPECT_EQ(chunk.front().type, "app.one");
  EXPECT_EQ(Parsed(chunk.front()).globalseq(), 7U);
  EXPECT_EQ(Parsed(chunk.front()).epoch(), 3U);
  EXPECT_EQ(chunk.At(1).type, "app.another");
  EXPECT_EQ(Parsed(chunk.At(1)).subject(), "s");
}

TEST(EventChunk, IsAQueue) {
  EventChunk chunk;
  ASSERT_TRUE(chunk.Add(Sequence(1), Epoch(1), Encoded("app.one")));
  ASSERT_TRUE(chunk.Add(Sequence(2), Epoch(1), Encoded("app.two")));
  chunk.Pop();

  EXPECT_EQ(chunk.front().type, "app.two");
  const EventChunk moved = std::move(chunk);
  EXPECT_EQ(moved.size(), 1U);
  EXPECT_EQ(moved.front().type, "app.two");
}

TEST(EventChunk, LeavesOutWhatIsNoEvent) {
  EventChunk chunk;
  EXPECT_FALSE(chunk.Add(Sequence(1), Epoch(1), "\xff\xff"));
  EXPECT_FALSE(chunk.Add(Sequence(2), Epoch(1), ""));
  EXPECT_TRUE(chunk.empty());
}

}  // namespace
}  // namespace peal::server
