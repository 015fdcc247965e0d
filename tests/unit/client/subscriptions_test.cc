#include "client/subscriptions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace peal::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using State = Subscription::State;

proto::Place PlaceAt(uint64_t global) {
  proto::Place place;
  place.set_global(global);
  return place;
}

constexpr uint64_t kRequest = 7;

// One subscription, number kRequest, and what happens to it.
class SubscriptionsTest : public testing::Test {
 protected:
  void Start(const SubscribeOptions& options, std::optional<proto::Place> place = PlaceAt(0)) {
    subscriptions_.Add(kRequest, options, nullptr);
    subscriptions_.OnSubscribed(kRequest, std::move(place));
  }

  void Deliver(uint64_t count, std::optional<proto::Place> place) {
    for (uint64_t i = 0; i < count; ++i) {
      subscriptions_.OnHandingOut(subscriptions_.Find(kRequest));
      subscriptions_.OnHandled(kRequest);
    }
    subscriptions_.OnMoved(kRequest, std::move(place));
  }

  // The count that is confirmed; 0: there is nothing to tell.
  uint64_t Confirmed() {
    const auto confirmations = subscriptions_.TakeConfirmations();
    EXPECT_LE(confirmations.size(), 1U);
    return confirmations.empty() ? 0 : confirmations[0].delivered;
  }

  // Where another connection goes on: the place's globalseq, or nothing.
  std::optional<uint64_t> Resumes() {
    const proto::Place* const place = subscriptions_.Find(kRequest)->PlaceToResume();
    return place != nullptr ? std::optional(place->global()) : std::nullopt;
  }

  Subscriptions subscriptions_;
};

TEST_F(SubscriptionsTest, WithoutAWindowNothingIsConfirmed) {
  Start({});

  Deliver(3, PlaceAt(3));

  EXPECT_FALSE(subscriptions_.has_confirmations());
  EXPECT_EQ(Confirmed(), 0U);
}

TEST_F(SubscriptionsTest, WhatIsHandledIsConfirmedManyAsOne) {
  Start({.window = 10});

  Deliver(2, PlaceAt(2));
  Deliver(1, PlaceAt(3));

  EXPECT_TRUE(subscriptions_.has_confirmations());
  EXPECT_EQ(Confirmed(), 3U);
  EXPECT_EQ(Confirmed(), 0U);
  Deliver(1, PlaceAt(4));
  EXPECT_EQ(Confirmed(), 4U);
}

TEST_F(SubscriptionsTest, ADurableOneHasAWindowAlsoWhenItNamesNone) {
  Start({.durable = "app"});

  Deliver(1, PlaceAt(1));

  EXPECT_EQ(Confirmed(), 1U);
}

TEST_F(SubscriptionsTest, TheProgramConfirmsWhatItWasGiven) {
  Start({.window = 10, .confirm = SubscribeOptions::Confirm::kByProgram});
  Deliver(2, PlaceAt(2));
  EXPECT_EQ(Confirmed(), 0U);

  // In its callback: the event that it holds is one of them.
  subscriptions_.OnHandingOut(subscriptions_.Find(kRequest));
  subscriptions_.OnConfirmed(kRequest);
  subscriptions_.OnHandled(kRequest);

  EXPECT_EQ(Confirmed(), 3U);
  subscriptions_.OnConfirmed(kRequest);
  EXPECT_EQ(Confirmed(), 0U);
}

TEST_F(SubscriptionsTest, GoesOnAfterWhatWasHandedOut) {
  Start({.window = 10});
  Deliver(2, PlaceAt(20));

  EXPECT_THAT(subscriptions_.OnConnectionLost(), IsEmpty());

  EXPECT_THAT(subscriptions_.Away(), ElementsAre(kRequest));
  EXPECT_EQ(Resumes(), 20U);
  // What the daemon that went was not told, the next one need not know: it counts anew.
  EXPECT_EQ(Confirmed(), 0U);
  subscriptions_.OnSentAgain(kRequest);
  EXPECT_THAT(subscriptions_.Away(), IsEmpty());
  subscriptions_.OnSubscribed(kRequest, PlaceAt(20));
  Deliver(1, PlaceAt(21));
  EXPECT_EQ(Confirmed(), 1U);
}

TEST_F(SubscriptionsTest, WithoutAnEventItGoesOnWhereItBegan) {
  Start({}, PlaceAt(12));

  EXPECT_THAT(subscriptions_.OnConnectionLost(), IsEmpty());

  EXPECT_EQ(Resumes(), 12U);
}

TEST_F(SubscriptionsTest, WhereToGoOnDependsOnWhoConfirms) {
  using Confirm = SubscribeOptions::Confirm;
  const struct {
    std::string durable;
    Confirm confirm;
    std::optional<uint64_t> resumes;
  } cases[] = {{"", Confirm::kWhenHandled, 20},
               {"", Confirm::kByProgram, 20},
               {"app", Confirm::kWhenHandled, 20},
               {"app", Confirm::kByProgram, std::nullopt}};  // It has confirmed nothing.

  for (const auto& one : cases) {
    subscriptions_ = {};
    Start({.window = 10, .confirm = one.confirm, .durable = one.durable});
    Deliver(2, PlaceAt(20));
    EXPECT_THAT(subscriptions_.OnConnectionLost(), IsEmpty());
    EXPECT_EQ(Resumes(), one.resumes);
  }
}

TEST_F(SubscriptionsTest, ADurableOneGoesOnFromItsPlaceWhenTheProgramHasConfirmedAll) {
  Start({.window = 10, .confirm = SubscribeOptions::Confirm::kByProgram, .durable = "app"});
  Deliver(2, PlaceAt(20));
  EXPECT_THAT(subscriptions_.OnConnectionLost(), IsEmpty());
  EXPECT_EQ(Resumes(), std::nullopt);

  // Also while it is away.
  subscriptions_.OnConfirmed(kRequest);

  EXPECT_EQ(Resumes(), 20U);
  EXPECT_FALSE(subscriptions_.has_confirmations());
}

TEST_F(SubscriptionsTest, WhatIsToBeDeliveredAgainIsSoAtTheNextTryToo) {
  Start({.window = 10, .confirm = SubscribeOptions::Confirm::kByProgram, .durable = "app"});
  Deliver(2, PlaceAt(20));
  subscriptions_.OnConnectionLost();
  subscriptions_.OnSentAgain(kRequest);

  subscriptions_.OnRefused(kRequest);

  EXPECT_EQ(Resumes(), std::nullopt);
}

TEST_F(SubscriptionsTest, WhosePlaceIsNotKnownEnds) {
  Start({}, PlaceAt(1));
  Deliver(1, std::nullopt);

  EXPECT_THAT(subscriptions_.OnConnectionLost(), SizeIs(1));

  EXPECT_EQ(subscriptions_.size(), 0U);
}

TEST_F(SubscriptionsTest, RefusedItIsToBeAskedForAgain) {
  Start({});
  EXPECT_THAT(subscriptions_.OnConnectionLost(), IsEmpty());
  subscriptions_.OnSentAgain(kRequest);

  subscriptions_.OnRefused(kRequest);

  EXPECT_THAT(subscriptions_.Away(), ElementsAre(kRequest));
}

TEST_F(SubscriptionsTest, WhatIsTakenOutLivesUntilTheCallbackHasReturned) {
  Start({.window = 1});
  Subscription* const subscription = subscriptions_.Find(kRequest);
  subscriptions_.OnHandingOut(subscription);

  EXPECT_TRUE(subscriptions_.Remove(kRequest));
  subscriptions_.OnHandled(kRequest);

  EXPECT_EQ(subscription->handed_out, 1U);
  EXPECT_EQ(subscriptions_.Find(kRequest), nullptr);
  EXPECT_FALSE(subscriptions_.Remove(kRequest));
  EXPECT_FALSE(subscriptions_.has_confirmations());
  subscriptions_.Sweep();
}

}  // namespace
}  // namespace peal::client
