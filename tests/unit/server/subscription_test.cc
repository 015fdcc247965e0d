#include "core/server/subscription.h"

#include <gtest/gtest.h>

#include "tests/unit/server/subscription_fixture.h"

namespace peal::server {
namespace {

class SubscriptionTest : public SubscriptionFixture {};

TEST_F(SubscriptionTest, FromNewSeesWhatComesAfterIt) {
  Global(1);
  Subscription subscription = Make({}, proto::Subscribe::NEW);
  EXPECT_EQ(Pull(&subscription), Lines());

  Global(2);
  Local();

  EXPECT_EQ(Pull(&subscription), (Lines{"app.g 2", "app.l"}));
  EXPECT_FALSE(subscription.HasMore());
  EXPECT_EQ(subscription.delivered(), 2U);
}

TEST_F(SubscriptionTest, FromFirstSeesAllThatIsHeldAndGoesOn) {
  Global(1);
  Local();
  Subscription subscription = Make({}, proto::Subscribe::FIRST);
  Global(2);

  EXPECT_EQ(Pull(&subscription), (Lines{"app.g 1", "app.l", "app.g 2"}));
}

TEST_F(SubscriptionTest, FromSequenceStartsAfterTheGlobalEventBeforeIt) {
  Global(1);
  Local();
  Global(2);
  Global(3);
  Subscription subscription = Make({}, proto::Subscribe::SEQUENCE, 2);

  EXPECT_EQ(Pull(&subscription), (Lines{"app.l", "app.g 2", "app.g 3"}));
}

TEST_F(SubscriptionTest, ASequenceToComeIsWaitedFor) {
  Global(1);
  Subscription subscription = Make({}, proto::Subscribe::SEQUENCE, 3);
  Global(2);
  Local();
  Global(3);

  EXPECT_EQ(Pull(&subscription), (Lines{"app.l", "app.g 3"}));
}

TEST_F(SubscriptionTest, FiltersByTypeAndScope) {
  Subscription types = Make({"app.*", "x"}, proto::Subscribe::NEW);
  Subscription global = Make({}, proto::Subscribe::NEW, 0, proto::Subscribe::GLOBAL);
  Subscription local = Make({}, proto::Subscribe::NEW, 0, proto::Subscribe::LOCAL);
  Global(1, "app.a");
  Global(2, "ip.added");
  Local("x");

  EXPECT_EQ(Pull(&types), (Lines{"app.a 1", "x"}));
  EXPECT_EQ(Pull(&global), (Lines{"app.a 1", "ip.added 2"}));
  EXPECT_EQ(Pull(&local), (Lines{"x"}));
}

TEST_F(SubscriptionTest, StopsAtTheBytesAskedForAndGoesOn) {
  Subscription subscription = Make({}, proto::Subscribe::NEW);
  Global(1, "app.g", 1000);
  Global(2, "app.g", 1000);

  EXPECT_EQ(Pull(&subscription, 500), (Lines{"app.g 1"}));
  EXPECT_TRUE(subscription.HasMore());
  EXPECT_EQ(subscription.lag(), 1U);
  EXPECT_EQ(Pull(&subscription, 500), (Lines{"app.g 2"}));
}

TEST_F(SubscriptionTest, ASlowOneIsToldExactlyWhatItMissed) {
  Global(1);
  Subscription subscription = Make({}, proto::Subscribe::NEW);
  for (uint64_t i = 2; i <= 6; ++i) {
    Global(i, "app.g", 4000);
  }

  EXPECT_EQ(Pull(&subscription), (Lines{"peal.gap from=2 to=4", "app.g 5", "app.g 6"}));
}

TEST_F(SubscriptionTest, WhatMemoryNoLongerHoldsComesFromTheJournal) {
  journal_first_ = Sequence(1);
  Global(1);
  Subscription slow = Make({}, proto::Subscribe::NEW);
  for (uint64_t i = 2; i <= 6; ++i) {
    Global(i, "app.g", 4000);
  }
  Subscription first = Make({}, proto::Subscribe::FIRST);

  EXPECT_EQ(slow.lag(), 5U);
  EXPECT_EQ(Pull(&slow), (Lines{"app.g 2", "app.g 3", "app.g 4", "app.g 5", "app.g 6"}));
  EXPECT_EQ(slow.lag(), 0U);
  EXPECT_EQ(Pull(&first),
            (Lines{"app.g 1", "app.g 2", "app.g 3", "app.g 4", "app.g 5", "app.g 6"}));
}

TEST_F(SubscriptionTest, WhatTheJournalNoLongerHoldsIsAGap) {
  journal_first_ = Sequence(3);
  for (uint64_t i = 1; i <= 6; ++i) {
    Global(i, "app.g", 4000);
  }
  Subscription subscription = Make({}, proto::Subscribe::FIRST);

  EXPECT_EQ(Pull(&subscription),
            (Lines{"peal.gap from=1 to=2", "app.g 3", "app.g 4", "app.g 5", "app.g 6"}));
}

TEST_F(SubscriptionTest, WhatCannotBeReadIsADamagedGap) {
  journal_first_ = Sequence(1);
  journal_status_ = absl::DataLossError("a byte is wrong");
  for (uint64_t i = 1; i <= 6; ++i) {
    Global(i, "app.g", 4000);
  }
  Subscription subscription = Make({}, proto::Subscribe::FIRST);
  ASSERT_TRUE(subscription.TakeHistoryWish().has_value());
  ASSERT_FALSE(subscription.TakeHistoryWish().has_value());
  TakenDelivery taken;
  subscription.TakeGlobals(journal_status_, journal_first_, taken.out());

  proto::Event gap;
  const proto::Deliver deliver = taken.Take();
  ASSERT_EQ(deliver.events_size(), 1);
  ASSERT_TRUE(gap.ParseFromString(deliver.events(0)));
  EXPECT_EQ(gap.attributes(0).value().text(), "damaged");
  EXPECT_EQ(Pull(&subscription), (Lines{"app.g 5", "app.g 6"}));
}

TEST_F(SubscriptionTest, AGapCountsLocalEventsToo) {
  Subscription all = Make({}, proto::Subscribe::NEW);
  Subscription global = Make({}, proto::Subscribe::NEW, 0, proto::Subscribe::GLOBAL);
  Subscription local = Make({}, proto::Subscribe::NEW, 0, proto::Subscribe::LOCAL);
  Local("app.l", 4000);
  Global(1, "app.g", 4000);
  Local("app.l", 4000);
  Local("app.l", 4000);

  EXPECT_EQ(Pull(&all), (Lines{"peal.gap from=1 to=1", "peal.gap locals=1", "app.l", "app.l"}));
  EXPECT_EQ(Pull(&global), (Lines{"peal.gap from=1 to=1"}));
  EXPECT_EQ(Pull(&local), (Lines{"peal.gap locals=1", "app.l", "app.l"}));
}

TEST_F(SubscriptionTest, HistoryIsMergedFromBothJournals) {
  journal_first_ = Sequence(1);
  keeps_locals_ = true;
  Local("app.a");
  Global(1, "app.g", 4000);
  Local("app.b");
  Local("app.c");
  for (uint64_t i = 2; i <= 4; ++i) {
    Global(i, "app.g", 4000);
  }
  Local("app.d");
  ASSERT_EQ(feed_.held_from(), Sequence(3));
  Subscription all = Make({}, proto::Subscribe::FIRST);
  Subscription global = Make({}, proto::Subscribe::FIRST, 0, proto::Subscribe::GLOBAL);
  Subscription local = Make({}, proto::Subscribe::FIRST, 0, proto::Subscribe::LOCAL);
  Subscription later = Make({}, proto::Subscribe::SEQUENCE, 2);

  EXPECT_EQ(all.lag(), 8U);
  EXPECT_EQ(Pull(&all), (Lines{"app.a", "app.g 1", "app.b", "app.c", "app.g 2", "app.g 3",
                               "app.g 4", "app.d"}));
  EXPECT_EQ(all.lag(), 0U);
  EXPECT_EQ(Pull(&global), (Lines{"app.g 1", "app.g 2", "app.g 3", "app.g 4"}));
  EXPECT_EQ(Pull(&local), (Lines{"app.a", "app.b", "app.c", "app.d"}));
  EXPECT_EQ(Pull(&later), (Lines{"app.b", "app.c", "app.g 2", "app.g 3", "app.g 4", "app.d"}));
}

TEST_F(SubscriptionTest, OneThatFollowedReadsHistoryWhenMemoryHasLostWhatItWasOffered) {
  journal_first_ = Sequence(1);
  keeps_locals_ = true;
  Global(1);
  Subscription subscription = Make({}, proto::Subscribe::NEW, 0, proto::Subscribe::ALL,
                                   "type = 'app.w' OR globalseq % 2 = 1");
  for (uint64_t i = 2; i <= 7; ++i) {
    Global(i, "app.g", 4000);
    Local(i % 3 == 0 ? "app.w" : "app.l");
  }
  ASSERT_GT(feed_.held_from(), Sequence(4));

  EXPECT_EQ(Pull(&subscription), (Lines{"app.g 3", "app.w", "app.g 5", "app.w", "app.g 7"}));
  EXPECT_EQ(subscription.lag(), 0U);
  Global(8);
  EXPECT_FALSE(subscription.HasMore());
  Global(9);
  EXPECT_EQ(Pull(&subscription), (Lines{"app.g 9"}));
}

TEST_F(SubscriptionTest, LocalEventsThatAreNotHeldAreAGap) {
  journal_first_ = Sequence(1);
  keeps_locals_ = true;
  local_first_ = LocalNumber(3);
  for (const char* const type : {"app.a", "app.b", "app.c", "app.d"}) {
    Local(type, 4000);
  }
  local_journal_.erase(local_journal_.begin() + 3);
  Local("app.e", 4000);
  Local("app.f", 4000);
  Subscription subscription = Make({}, proto::Subscribe::FIRST);

  EXPECT_EQ(Pull(&subscription),
            (Lines{"peal.gap locals=2", "app.c", "peal.gap locals=1", "app.e", "app.f"}));
}

TEST_F(SubscriptionTest, DamagedLocalEventsAreADamagedGap) {
  for (int i = 0; i < 4; ++i) {
    Local("app.l", 4000);
  }
  Subscription subscription = Make({}, proto::Subscribe::FIRST, 0, proto::Subscribe::LOCAL);
  const std::optional<HistoryWish> wish = subscription.TakeHistoryWish();
  ASSERT_TRUE(wish.has_value());
  ASSERT_EQ(wish->local, LocalNumber(1));
  TakenDelivery taken;
  subscription.TakeLocals({.events = {}, .through = LocalNumber(2), .damaged = true}, taken.out());

  proto::Event gap;
  const proto::Deliver deliver = taken.Take();
  ASSERT_EQ(deliver.events_size(), 1);
  ASSERT_TRUE(gap.ParseFromString(deliver.events(0)));
  EXPECT_EQ(gap.attributes(0).value().text(), "damaged");
  EXPECT_EQ(gap.attributes(1).value().integer(), 2);
  EXPECT_EQ(Pull(&subscription), (Lines{"app.l", "app.l"}));
}

TEST_F(SubscriptionTest, AGapComesThroughEveryFilter) {
  for (uint64_t i = 1; i <= 4; ++i) {
    Global(i, "app.g", 4000);
  }
  Subscription subscription = Make({"ip.*"}, proto::Subscribe::FIRST);

  EXPECT_EQ(Pull(&subscription), (Lines{"peal.gap from=1 to=2"}));
}

TEST_F(SubscriptionTest, FromASequenceThatIsGoneBeginsWithAGap) {
  for (uint64_t i = 1; i <= 5; ++i) {
    Global(i, "app.g", 4000);
  }
  Subscription subscription = Make({}, proto::Subscribe::SEQUENCE, 3);

  EXPECT_EQ(Pull(&subscription), (Lines{"peal.gap from=3 to=3", "app.g 4", "app.g 5"}));
}

TEST_F(SubscriptionTest, AJumpInTheFeedIsAGapForWhoWaitedForIt) {
  Subscription first = Make({}, proto::Subscribe::FIRST);
  Subscription later = Make({}, proto::Subscribe::NEW);
  Global(100);

  EXPECT_EQ(Pull(&first), (Lines{"peal.gap from=1 to=99", "app.g 100"}));
  EXPECT_EQ(Pull(&later), (Lines{"peal.gap from=1 to=99", "app.g 100"}));
}

TEST_F(SubscriptionTest, AnEventOfItsOwnIsLocalAndHasNoSequence) {
  Subscription subscription = Make({}, proto::Subscribe::FIRST);
  Global(2);
  TakenDelivery taken;
  subscription.Pull(kRoom, taken.out());
  ASSERT_TRUE(subscription.TakeHistoryWish().has_value());
  subscription.TakeGlobals(absl::NotFoundError("not held"), Sequence(0), taken.out());
  subscription.Pull(kRoom, taken.out());

  proto::Event gap;
  const proto::Deliver deliver = taken.Take();
  ASSERT_EQ(deliver.events_size(), 2);
  ASSERT_TRUE(gap.ParseFromString(deliver.events(0)));

  EXPECT_EQ(gap.scope(), proto::SCOPE_LOCAL);
  EXPECT_EQ(gap.sequence(), 0U);
  EXPECT_EQ(gap.id(), "n1-1-1.1-1");
  EXPECT_EQ(gap.node(), "n1");
  EXPECT_EQ(gap.attributes(0).value().text(), "trimmed");
}

TEST_F(SubscriptionTest, LiveStandsWhereHistoryEndsForWhoNamesIt) {
  Global(1);
  Subscription named = Make({"app.*", "peal.live"}, proto::Subscribe::FIRST);
  Subscription unnamed = Make({"*"}, proto::Subscribe::FIRST);
  Subscription from_new = Make({"peal.*"}, proto::Subscribe::NEW);
  Global(2);

  EXPECT_EQ(Pull(&named), (Lines{"app.g 1", "peal.live", "app.g 2"}));
  EXPECT_EQ(Pull(&unnamed), (Lines{"app.g 1", "app.g 2"}));
  EXPECT_EQ(Pull(&from_new), Lines());
}

TEST(ParseSubscribe, RefusesWhatIsOverItsLimits) {
  proto::Subscribe many;
  for (int i = 0; i <= SubscriptionSpec::kTypesMax; ++i) {
    many.add_types("a");
  }
  proto::Subscribe bad;
  bad.add_types("not a glob");

  EXPECT_EQ(ParseSubscribe(many).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ParseSubscribe(bad).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace peal::server
