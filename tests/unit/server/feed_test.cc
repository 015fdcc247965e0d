#include "core/server/feed.h"

#include <gtest/gtest.h>

namespace peal::server {
namespace {

constexpr size_t kRoomy = 1 << 20;
// Room for about two items of a thousand bytes.
constexpr size_t kTight = 2500;

std::string Thousand() {
  return std::string(1000, 'x');
}

TEST(Feed, KeepsBothKindsInTheirOrder) {
  Feed feed(kRoomy);
  feed.AppendGlobal(Sequence(1), "g", "one");
  feed.AppendLocal("l", "two");
  feed.AppendGlobal(Sequence(2), "g", "three");

  EXPECT_EQ(feed.first(), FeedPosition(1));
  EXPECT_EQ(feed.end(), FeedPosition(4));
  EXPECT_EQ(feed.At(FeedPosition(2)).encoded, "two");
  EXPECT_TRUE(feed.At(FeedPosition(2)).local());
  EXPECT_EQ(feed.PositionOf(Sequence(1)), FeedPosition(1));
  EXPECT_EQ(feed.PositionOf(Sequence(2)), FeedPosition(3));
  EXPECT_EQ(feed.PositionOf(Sequence(3)), feed.end());
  EXPECT_EQ(feed.LocalsBefore(FeedPosition(2)), 0U);
  EXPECT_EQ(feed.LocalsBefore(FeedPosition(3)), 1U);
  EXPECT_EQ(feed.LocalsBefore(feed.end()), 1U);
}

TEST(Feed, AnEmptyOneMissesNothing) {
  const Feed feed(kRoomy);

  EXPECT_EQ(feed.held_from(), Sequence(1));
  EXPECT_EQ(feed.PositionOf(Sequence(1)), feed.end());
}

TEST(Feed, TrimsTheOldestAndKnowsFromWhereOnItIsWhole) {
  Feed feed(kTight);
  for (uint64_t i = 1; i <= 5; ++i) {
    feed.AppendGlobal(Sequence(i), "g", Thousand());
  }

  EXPECT_EQ(feed.end(), FeedPosition(6));
  EXPECT_EQ(feed.first(), FeedPosition(4));
  EXPECT_EQ(feed.held_from(), Sequence(4));
}

TEST(Feed, LocalEventsCanPushAllGlobalOnesOut) {
  Feed feed(kTight);
  feed.AppendGlobal(Sequence(1), "g", Thousand());
  for (int i = 0; i < 3; ++i) {
    feed.AppendLocal("l", Thousand());
  }

  EXPECT_EQ(feed.held_from(), Sequence(2));
  EXPECT_EQ(feed.last_global(), Sequence(1));
}

TEST(Feed, OneThatGoesOnHoldsNothingOfWhatWasBefore) {
  const Feed feed(kRoomy, Sequence(7));

  EXPECT_EQ(feed.last_global(), Sequence(7));
  EXPECT_EQ(feed.held_from(), Sequence(8));
}

TEST(Feed, KeepsTheLastItemHoweverLarge) {
  Feed feed(10);
  feed.AppendLocal("l", Thousand());
  feed.AppendLocal("l", Thousand());

  EXPECT_EQ(feed.first(), FeedPosition(2));
  EXPECT_EQ(feed.end(), FeedPosition(3));
}

}  // namespace
}  // namespace peal::server
