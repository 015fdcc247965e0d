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
  EXPECT_EQ(feed.PositionOf(Sequence(2)), FeedPosition(2));
  EXPECT_EQ(feed.PositionOf(Sequence(3)), feed.end());
  EXPECT_EQ(feed.NextLocal(FeedPosition(1)), LocalNumber(1));
  EXPECT_EQ(feed.NextLocal(FeedPosition(2)), LocalNumber(1));
  EXPECT_EQ(feed.NextLocal(FeedPosition(3)), LocalNumber(2));
  EXPECT_EQ(feed.NextLocal(feed.end()), LocalNumber(2));
  EXPECT_EQ(feed.last_local(), LocalNumber(1));
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
  EXPECT_EQ(feed.local_held_from(), LocalNumber(2));
}

TEST(Feed, OneThatGoesOnHoldsNothingOfWhatWasBefore) {
  Feed feed(kRoomy, Sequence(7), LocalNumber(3));

  EXPECT_EQ(feed.last_global(), Sequence(7));
  EXPECT_EQ(feed.held_from(), Sequence(8));
  EXPECT_EQ(feed.local_held_from(), LocalNumber(4));

  feed.AppendLocal("l", "four");
  EXPECT_EQ(feed.At(FeedPosition(1)).local_through, LocalNumber(4));
  EXPECT_EQ(feed.local_held_from(), LocalNumber(4));
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
