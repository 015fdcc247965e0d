// Places, windows and gaps at which a subscription ends.
#include <gtest/gtest.h>

#include "tests/unit/server/subscription_fixture.h"

namespace peal::server {
namespace {

class SubscriptionPlaceTest : public SubscriptionFixture {
 protected:
  Subscription From(const Place& place, proto::Subscribe::Scope scope = proto::Subscribe::ALL,
                    uint32_t window = 0) {
    proto::Subscribe request;
    request.set_from(proto::Subscribe::PLACE);
    request.set_scope(scope);
    request.set_window(window);
    return Make(request, place);
  }
  Subscription Windowed(uint32_t window) {
    proto::Subscribe request;
    request.set_from(proto::Subscribe::FIRST);
    request.set_window(window);
    return Make(request);
  }
  Subscription EndingAtGaps() {
    proto::Subscribe request;
    request.set_from(proto::Subscribe::FIRST);
    request.set_gaps(proto::Subscribe::END);
    return Make(request);
  }
};

TEST_F(SubscriptionPlaceTest, AnotherGoesOnExactlyWhereOneWasAtEachPlace) {
  journal_first_ = Sequence(1);
  keeps_locals_ = true;
  Lines all;
  for (uint64_t i = 1; i <= 6; ++i) {
    Global(i, "app.g", 2000);
    Local("app.l", 2000);
    Local("app.m", 2000);
    all.insert(all.end(), {fmt::format("app.g {}", i), "app.l", "app.m"});
  }
  for (size_t stop = 0; stop <= all.size(); ++stop) {
    Subscription first = Windowed(static_cast<uint32_t>(std::max<size_t>(stop, 1)));
    Lines lines = stop == 0 ? Lines() : Pull(&first);
    ASSERT_EQ(lines.size(), stop);

    Subscription second = From(stop == 0 ? Place{} : first.place());

    const Lines rest = Pull(&second);
    lines.insert(lines.end(), rest.begin(), rest.end());
    EXPECT_EQ(lines, all) << "stopped after " << stop;
  }
}

TEST_F(SubscriptionPlaceTest, OnAnotherNodeItGoesOnAfterTheEventOfTheOrder) {
  Global(1);
  Local();
  Global(2);
  Local("app.m");
  Subscription subscription = From({Sequence(2), std::nullopt});

  EXPECT_EQ(Pull(&subscription), (Lines{"app.m"}));
}

TEST_F(SubscriptionPlaceTest, APlaceThatThisNodeHasNotReachedIsWaitedForAndKept) {
  Global(1);
  Subscription subscription = From({Sequence(3), std::nullopt});
  Pull(&subscription);

  EXPECT_EQ(subscription.place().global, Sequence(3));
  Global(2);
  Global(3);
  Global(4);
  EXPECT_EQ(Pull(&subscription), (Lines{"app.g 4"}));
  EXPECT_EQ(subscription.place().global, Sequence(4));
}

TEST_F(SubscriptionPlaceTest, WhoHasCaughtUpIsAtTheEndWhateverPassed) {
  Subscription subscription = Make({"x"}, proto::Subscribe::NEW);
  Pull(&subscription);
  Global(1);
  Local();

  EXPECT_EQ(subscription.place(), (Place{Sequence(1), LocalNumber(1)}));
}

TEST_F(SubscriptionPlaceTest, AWindowHoldsItUntilSomethingIsConfirmed) {
  for (uint64_t i = 1; i <= 4; ++i) {
    Global(i);
  }
  Subscription subscription = Windowed(2);

  EXPECT_EQ(Pull(&subscription), (Lines{"app.g 1", "app.g 2"}));
  EXPECT_FALSE(subscription.HasMore());
  EXPECT_EQ(Pull(&subscription), Lines());
  ASSERT_TRUE(subscription.Confirm(1).ok());
  EXPECT_TRUE(subscription.HasMore());
  EXPECT_EQ(Pull(&subscription), (Lines{"app.g 3"}));
  ASSERT_TRUE(subscription.Confirm(3).ok());
  EXPECT_EQ(Pull(&subscription), (Lines{"app.g 4"}));
}

TEST_F(SubscriptionPlaceTest, AWindowHoldsOneThatFollowsToo) {
  Subscription subscription = Windowed(1);
  Pull(&subscription);
  Global(1);
  Global(2);

  EXPECT_EQ(Pull(&subscription), (Lines{"app.g 1"}));
  EXPECT_FALSE(subscription.HasMore());
  ASSERT_TRUE(subscription.Confirm(1).ok());
  EXPECT_EQ(Pull(&subscription), (Lines{"app.g 2"}));
}

TEST_F(SubscriptionPlaceTest, TheConfirmedPlaceIsThatOfTheLastConfirmedEvent) {
  Subscription subscription = Windowed(8);
  Global(1);
  Local();
  Global(2);
  Pull(&subscription);

  ASSERT_TRUE(subscription.Confirm(1).ok());
  EXPECT_EQ(subscription.confirmed_place(), (Place{Sequence(1), LocalNumber(0)}));
  ASSERT_TRUE(subscription.Confirm(2).ok());
  EXPECT_EQ(subscription.confirmed_place(), (Place{Sequence(1), LocalNumber(1)}));
  ASSERT_TRUE(subscription.Confirm(3).ok());
  EXPECT_EQ(subscription.confirmed_place(), (Place{Sequence(2), LocalNumber(1)}));
}

TEST_F(SubscriptionPlaceTest, MoreThanWasDeliveredCannotBeConfirmed) {
  Global(1);
  Subscription subscription = Windowed(8);
  Pull(&subscription);

  EXPECT_TRUE(absl::IsInvalidArgument(subscription.Confirm(2)));
  EXPECT_TRUE(subscription.Confirm(1).ok());
  EXPECT_TRUE(subscription.Confirm(1).ok());
}

TEST_F(SubscriptionPlaceTest, AtAGapItEndsWhereItIsToEnd) {
  journal_first_ = Sequence(3);
  for (uint64_t i = 1; i <= 6; ++i) {
    Global(i, "app.g", 4000);
  }
  Subscription subscription = EndingAtGaps();

  EXPECT_EQ(Pull(&subscription), Lines());
  EXPECT_TRUE(absl::IsOutOfRange(subscription.ended()));
  EXPECT_EQ(subscription.ended().message(),
            "events 1 to 2 of the order cannot be delivered (trimmed), and the subscription is to "
            "end there");
  EXPECT_FALSE(subscription.HasMore());
  EXPECT_EQ(subscription.place().global, Sequence(0));
}

TEST_F(SubscriptionPlaceTest, ThatHoldsForLocalEvents) {
  keeps_locals_ = false;
  for (int i = 0; i < 4; ++i) {
    Local("app.l", 4000);
  }
  Subscription subscription = EndingAtGaps();

  EXPECT_EQ(Pull(&subscription), Lines());
  EXPECT_TRUE(absl::IsOutOfRange(subscription.ended()));
}

TEST_F(SubscriptionPlaceTest, AWindowHasALimit) {
  proto::Subscribe request;
  request.set_window(SubscriptionSpec::kWindowMax + 1);

  EXPECT_TRUE(absl::IsInvalidArgument(ParseSubscribe(request).status()));
}

}  // namespace
}  // namespace peal::server
