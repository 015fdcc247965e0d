#include "ordering/corosync/event_queue.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>

namespace peal::ordering::corosync {
namespace {

constexpr EventQueue::Limits kNoBudget{.entries = 1000, .bytes = 1000};

Delivery Message(std::string bytes) {
  return {.sender = {}, .bytes = std::move(bytes)};
}

class EventQueueTest : public ::testing::Test {
 protected:
  int wakes_ = 0;
  EventQueue queue_{{.entries = 3, .bytes = 10}, [this] { wakes_++; }};
};

TEST_F(EventQueueTest, WakesOnceUntilEverythingIsTaken) {
  EXPECT_TRUE(queue_.Push(Message("a")));
  EXPECT_TRUE(queue_.Push(Message("b")));
  EXPECT_EQ(wakes_, 1);

  EventBatch batch = queue_.Take({.entries = 1, .bytes = 1000});
  EXPECT_EQ(batch.events.size(), 1u);
  EXPECT_TRUE(batch.more);
  EXPECT_TRUE(queue_.Push(Message("c")));
  EXPECT_EQ(wakes_, 1);

  batch = queue_.Take(kNoBudget);
  EXPECT_EQ(batch.events.size(), 2u);
  EXPECT_FALSE(batch.more);
  EXPECT_TRUE(queue_.Push(Message("d")));
  EXPECT_EQ(wakes_, 2);
}

TEST_F(EventQueueTest, GivesEventsInTheOrderOfThePushes) {
  EXPECT_TRUE(queue_.Push(Message("first")));
  EXPECT_TRUE(queue_.Push(View{.ring = {.node = NodeId(1), .seq = 4}, .members = {}}));
  queue_.PushLast(Lost{"why"});

  const EventBatch batch = queue_.Take(kNoBudget);

  ASSERT_EQ(batch.events.size(), 3u);
  EXPECT_EQ(std::get<Delivery>(batch.events[0]).bytes, "first");
  EXPECT_EQ(std::get<View>(batch.events[1]).ring.seq, 4u);
  EXPECT_EQ(std::get<Lost>(batch.events[2]).reason, "why");
}

TEST_F(EventQueueTest, RefusesWhatIsBeyondTheEntries) {
  EXPECT_TRUE(queue_.Push(Message("")));
  EXPECT_TRUE(queue_.Push(Message("")));
  EXPECT_TRUE(queue_.Push(Message("")));

  EXPECT_FALSE(queue_.Push(Message("")));
}

TEST_F(EventQueueTest, RefusesWhatIsBeyondTheBytesUntilThereIsRoom) {
  EXPECT_TRUE(queue_.Push(Message("1234567890")));
  EXPECT_FALSE(queue_.Push(Message("1")));

  queue_.Take(kNoBudget);

  EXPECT_TRUE(queue_.Push(Message("1")));
}

TEST_F(EventQueueTest, TakesTheLastEventBeyondTheLimits) {
  EXPECT_TRUE(queue_.Push(Message("1234567890")));

  queue_.PushLast(Lost{"full"});

  EXPECT_EQ(queue_.Take(kNoBudget).events.size(), 2u);
}

TEST_F(EventQueueTest, KeepsToTheBudgetOfBytesButAlwaysGivesOne) {
  EXPECT_TRUE(queue_.Push(Message("12345")));
  EXPECT_TRUE(queue_.Push(Message("12345")));

  EXPECT_EQ(queue_.Take({.entries = 10, .bytes = 3}).events.size(), 1u);
  EXPECT_EQ(queue_.Take({.entries = 10, .bytes = 3}).events.size(), 1u);
}

TEST_F(EventQueueTest, TheLatestQuorumReplacesTheOneBefore) {
  queue_.PutQuorum(Quorum{.quorate = true, .ring = {}});
  queue_.PutQuorum(std::nullopt);
  EXPECT_EQ(wakes_, 1);

  const EventBatch batch = queue_.Take(kNoBudget);

  ASSERT_TRUE(batch.quorum.has_value());
  EXPECT_EQ(*batch.quorum, std::nullopt);
  EXPECT_FALSE(queue_.Take(kNoBudget).quorum.has_value());
}

TEST_F(EventQueueTest, TheLatestNodelistReplacesTheOneBefore) {
  queue_.PutNodelist({.cluster = "a", .nodes = {}});
  queue_.PutNodelist({.cluster = "b", .nodes = {}});

  const EventBatch batch = queue_.Take(kNoBudget);

  ASSERT_TRUE(batch.nodelist.has_value());
  EXPECT_EQ(batch.nodelist->cluster, "b");
}

TEST_F(EventQueueTest, DropsEverythingOnceClosed) {
  EXPECT_TRUE(queue_.Push(Message("a")));
  queue_.Take(kNoBudget);

  queue_.Close();
  queue_.PushLast(Lost{"late"});
  queue_.PutQuorum(std::nullopt);

  EXPECT_EQ(wakes_, 1);
  EXPECT_TRUE(queue_.Take(kNoBudget).events.empty());
}

TEST_F(EventQueueTest, WaitsUntilAllIsTaken) {
  EXPECT_TRUE(queue_.Push(Message("a")));
  EXPECT_FALSE(queue_.WaitEmpty(std::chrono::milliseconds(0)));

  std::thread taker([this] { queue_.Take(kNoBudget); });
  EXPECT_TRUE(queue_.WaitEmpty(std::chrono::seconds(60)));
  taker.join();
}

}  // namespace
}  // namespace peal::ordering::corosync
