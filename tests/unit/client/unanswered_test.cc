#include "client/unanswered.h"

#include <gtest/gtest.h>

namespace peal::client {
namespace {

TEST(Unanswered, NumbersWhatItKeepsAndKnowsTheFirst) {
  Unanswered unanswered;
  EXPECT_EQ(unanswered.from(), ClientSequence(1));
  unanswered.Add(10, "a");
  unanswered.Add(12, "b");
  unanswered.Add(13, "c");

  EXPECT_EQ(unanswered.Take(12)->sequence, ClientSequence(2));
  EXPECT_EQ(unanswered.from(), ClientSequence(1));
  EXPECT_EQ(unanswered.Take(10)->publish, "a");

  EXPECT_EQ(unanswered.from(), ClientSequence(3));
  EXPECT_EQ(unanswered.next(), ClientSequence(4));
  EXPECT_FALSE(unanswered.Take(10).has_value());
  EXPECT_EQ(unanswered.Find(12), nullptr);
  EXPECT_EQ(unanswered.Find(13)->publish, "c");
}

TEST(Unanswered, KeepsSoManyBytesAndAnyOneAlone) {
  Unanswered unanswered;
  EXPECT_TRUE(unanswered.HasRoom(2 * Unanswered::kBytesMax));
  unanswered.Add(1, std::string(Unanswered::kBytesMax - 10, 'x'));

  EXPECT_TRUE(unanswered.HasRoom(10));
  EXPECT_FALSE(unanswered.HasRoom(11));
  unanswered.Take(1);
  EXPECT_TRUE(unanswered.HasRoom(11));
}

TEST(Unanswered, KeepsNoMoreThanTheOrderRemembers) {
  Unanswered unanswered;
  for (uint64_t request = 1; request <= kClientSpanMax; ++request) {
    ASSERT_TRUE(unanswered.HasRoom(1));
    unanswered.Add(request, "x");
  }
  EXPECT_FALSE(unanswered.HasRoom(1));

  // The first one counts, however few there are.
  unanswered.Take(2);
  EXPECT_FALSE(unanswered.HasRoom(1));
  unanswered.Take(1);
  EXPECT_TRUE(unanswered.HasRoom(1));
}

}  // namespace
}  // namespace peal::client
