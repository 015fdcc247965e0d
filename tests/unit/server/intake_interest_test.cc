// Events of types that are dispatched by interest, here fs.*, in the intake.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/server/intake_fixture.h"

namespace peal::server {
namespace {

using testing::IsEmpty;

class IntakeInterestTest : public IntakeTest {
 protected:
  void SetWanted(bool wanted) {
    Interest interest{.classes = {}, .types = {}, .narrowed = {"fs.*"}};
    if (wanted) {
      interest.types.emplace_back("fs.a");
    }
    dispatch_.SetInterests({{"n1", interest}});
  }
};

TEST_F(IntakeInterestTest, WhatNobodyWantsIsAnsweredAtOnceAndTakesNoNumber) {
  SetWanted(false);

  const size_t place = Publish(Event("fs.a"));

  ASSERT_TRUE(answers_[place].has_value());
  EXPECT_TRUE(answers_[place]->status.ok());
  EXPECT_TRUE(answers_[place]->unasked);
  EXPECT_EQ(answers_[place]->sequence, LocalSequence(0));
  EXPECT_THAT(order_.submissions, IsEmpty());
  EXPECT_EQ(intake_->last_sequence(), LocalSequence(0));
}

TEST_F(IntakeInterestTest, WhatSomebodyWantsIsOrdered) {
  SetWanted(true);

  const size_t place = Publish(Event("fs.a"));

  ASSERT_EQ(order_.submissions.size(), 1U);
  order_.CommitNext();
  ASSERT_TRUE(Answered(place));
  EXPECT_FALSE(answers_[place]->unasked);
}

TEST_F(IntakeInterestTest, LocalEventsAndOtherTypesAreAsTheyWere) {
  SetWanted(false);

  Publish(Event("fs.a", proto::SCOPE_LOCAL));
  Publish(Event("app.x"));

  EXPECT_EQ(local_events_, 1);
  EXPECT_EQ(order_.submissions.size(), 1U);
}

TEST_F(IntakeInterestTest, AConditionIsForTheOrderToTell) {
  SetWanted(false);
  expect_subject_ = Sequence(0);
  proto::Event event = Event("fs.a");
  event.set_subject("/var");

  Publish(event);

  EXPECT_EQ(order_.submissions.size(), 1U);
}

TEST_F(IntakeInterestTest, AnIdOfThePublishersOwnMakesNoDifference) {
  SetWanted(false);
  proto::Event event = Event("fs.a");
  event.set_id("mine");

  const size_t place = Publish(event);

  EXPECT_THAT(order_.submissions, IsEmpty());
  ASSERT_TRUE(answers_[place].has_value());
  EXPECT_EQ(answers_[place]->id, "mine");
}

TEST_F(IntakeInterestTest, WithoutAPrimaryComponentItWaitsAsOthersDoAndIsDecidedThen) {
  order_.SetPrimary(false);
  SetWanted(true);
  const size_t place = Publish(Event("fs.a"));
  const size_t late = Publish(Event("fs.b"), std::chrono::milliseconds(20));
  EXPECT_FALSE(answers_[place].has_value());
  ASSERT_TRUE(Answered(late));
  EXPECT_EQ(CodeOf(late), absl::StatusCode::kUnavailable);

  SetWanted(false);
  order_.SetPrimary(true);
  intake_->OnOrderReady();

  ASSERT_TRUE(answers_[place].has_value());
  EXPECT_TRUE(answers_[place]->unasked);
  EXPECT_THAT(order_.submissions, IsEmpty());
}

TEST_F(IntakeInterestTest, WhatAClientSendsAgainIsJudgedAnew) {
  SetWanted(false);
  Try(1);
  EXPECT_TRUE(answers_[Publish(Event("fs.a"))]->unasked);

  SetWanted(true);
  Publish(Event("fs.a"));

  EXPECT_EQ(order_.submissions.size(), 1U);
}

TEST_F(IntakeInterestTest, AProducersEventGoesTheSameWay) {
  SetWanted(false);
  intake_->PublishInternal(Event("fs.a"));
  EXPECT_THAT(order_.submissions, IsEmpty());

  SetWanted(true);
  intake_->PublishInternal(Event("fs.a"));
  EXPECT_EQ(order_.submissions.size(), 1U);
}

}  // namespace
}  // namespace peal::server
