#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/server/intake_fixture.h"

namespace peal::server {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using testing_support::RunUntil;

TEST_F(IntakeTest, StampsWhatThePublisherCannot) {
  order_.applied_sequence = Sequence(41);
  proto::Event event = Event("app.g");
  event.set_sequence(999);
  event.set_node("liar");
  event.set_originuid(0);
  event.set_globalseq(5);

  Publish(event);

  ASSERT_EQ(order_.submissions.size(), 1U);
  const proto::Event& stamped = order_.submissions[0].event;
  EXPECT_EQ(stamped.sequence(), 1U);
  EXPECT_EQ(stamped.node(), "n1");
  EXPECT_EQ(stamped.incarnation(), 5U);
  EXPECT_EQ(stamped.id(), "n1-5-1");
  EXPECT_EQ(stamped.source(), "/n1");
  EXPECT_GT(stamped.time_us(), 0);
  EXPECT_EQ(stamped.knows(), 41U);
  EXPECT_EQ(stamped.originuid(), 7U);
  EXPECT_EQ(stamped.originpid(), 9U);
  EXPECT_EQ(stamped.originexe(), "/x");
  EXPECT_EQ(stamped.globalseq(), 0U);
  EXPECT_FALSE(order_.submissions[0].options.dedup);
}

TEST_F(IntakeTest, FieldsThatAreNotKnownDoNotTravelOn) {
  proto::Event event = Event("app.g");
  proto::Attribute* const attribute = event.add_attributes();
  attribute->set_name("a");
  attribute->mutable_value()->set_boolean(true);
  const auto add_unknown = [](google::protobuf::Message* message) {
    message->GetReflection()->MutableUnknownFields(message)->AddVarint(999, 1);
  };
  add_unknown(attribute);
  add_unknown(attribute->mutable_value());
  Publish(event);
  event.mutable_attributes(0)->DiscardUnknownFields();
  add_unknown(&event);
  Publish(event);

  ASSERT_EQ(order_.submissions.size(), 2U);
  for (const auto& submission : order_.submissions) {
    EXPECT_EQ(submission.event.attributes(0).SerializeAsString().size(), 7U);
    EXPECT_TRUE(submission.event.GetReflection()->GetUnknownFields(submission.event).empty());
  }
}

TEST_F(IntakeTest, AConditionGoesToTheOrderAndItsRefusalComesBack) {
  expect_subject_ = Sequence(4);
  proto::Event event = Event("app.g");
  event.set_subject("/var");
  const size_t place = Publish(event);
  ASSERT_EQ(order_.submissions.size(), 1U);
  EXPECT_EQ(order_.submissions[0].options.expect_subject, Sequence(4));

  order_.submissions[0].done(
      {absl::FailedPreconditionError("it is 5"), Sequence(5), Epoch(7), false});

  ASSERT_TRUE(Answered(place));
  EXPECT_EQ(CodeOf(place), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(answers_[place]->globalseq, Sequence(5));
  EXPECT_FALSE(answers_[place]->submitted);
}

TEST_F(IntakeTest, AConditionNeedsAGlobalEventWithASubject) {
  expect_subject_ = Sequence(0);
  proto::Event local = Event("app.l", proto::SCOPE_LOCAL);
  local.set_subject("/var");

  EXPECT_EQ(CodeOf(Publish(Event("app.g"))), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(Publish(local)), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(order_.submissions.empty());
}

TEST_F(IntakeTest, AsksForUniquenessOfAPublishersOwnId) {
  proto::Event event = Event("app.g");
  event.set_id("mine");
  event.set_source("/me");
  event.set_time_us(5);

  Publish(event);

  EXPECT_TRUE(order_.submissions[0].options.dedup);
  EXPECT_EQ(order_.submissions[0].event.id(), "mine");
  EXPECT_EQ(order_.submissions[0].event.source(), "/me");
  EXPECT_EQ(order_.submissions[0].event.time_us(), 5);
}

TEST_F(IntakeTest, LocalAndGlobalEventsShareOneNumbering) {
  Publish(Event("app.g"));
  const size_t local = Publish(Event("app.l", proto::SCOPE_LOCAL));
  const size_t global = Publish(Event("app.g"));
  order_.CommitNext();
  order_.CommitNext();

  ASSERT_TRUE(Answered(local));
  EXPECT_EQ(answers_[local]->sequence, LocalSequence(2));
  EXPECT_EQ(answers_[global]->sequence, LocalSequence(3));
  EXPECT_EQ(answers_[global]->globalseq, Sequence(2));
  EXPECT_EQ(answers_[global]->epoch, Epoch(7));
}

TEST_F(IntakeTest, WhatIsRefusedLeavesNoHole) {
  const size_t bad = Publish(Event("not a type"));
  const size_t reserved = Publish(Event("peal.view"));
  Publish(Event("app.g"));

  EXPECT_EQ(CodeOf(bad), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(reserved), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(order_.submissions[0].event.sequence(), 1U);
}

TEST_F(IntakeTest, WaitsForTheOrderFirstComeFirstServed) {
  order_.SetPrimary(false);
  Publish(Event("app.a"));
  Publish(Event("app.b"));
  EXPECT_TRUE(order_.submissions.empty());

  order_.SetPrimary(true);
  intake_->OnOrderReady();

  ASSERT_EQ(order_.submissions.size(), 2U);
  EXPECT_EQ(order_.CommitNext().type(), "app.a");
  EXPECT_EQ(order_.CommitNext().type(), "app.b");
  EXPECT_TRUE(answers_[1]->status.ok());
}

TEST_F(IntakeTest, WaitingWithoutAPrimaryComponentEndsUnavailable) {
  order_.SetPrimary(false);

  const size_t place = Publish(Event("app.g"), milliseconds(20));

  ASSERT_TRUE(Answered(place));
  EXPECT_EQ(CodeOf(place), absl::StatusCode::kUnavailable);
  EXPECT_THAT(MessageOf(place), HasSubstr("1 of 3 votes"));
  EXPECT_FALSE(answers_[place]->submitted);

  order_.SetPrimary(true);
  intake_->OnOrderReady();
  EXPECT_TRUE(order_.submissions.empty());
}

TEST_F(IntakeTest, WaitingForABusyOrderEndsDeadlineExceeded) {
  order_.ready = false;

  const size_t place = Publish(Event("app.g"), milliseconds(20));

  ASSERT_TRUE(Answered(place));
  EXPECT_EQ(CodeOf(place), absl::StatusCode::kDeadlineExceeded);
  EXPECT_FALSE(answers_[place]->submitted);
}

TEST_F(IntakeTest, WithTheOrderTheOutcomeIsUnknown) {
  proto::Event named = Event("app.g");
  named.set_id("mine");
  const size_t late = Publish(named, milliseconds(20));
  ASSERT_TRUE(Answered(late));
  const size_t cut_off = Publish(Event("app.g"), milliseconds(20));
  order_.SetPrimary(false);
  ASSERT_TRUE(Answered(cut_off));

  EXPECT_EQ(CodeOf(late), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(answers_[late]->submitted);
  EXPECT_EQ(answers_[late]->id, "mine");
  EXPECT_THAT(MessageOf(late), HasSubstr("same id is safe"));
  EXPECT_EQ(CodeOf(cut_off), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(answers_[cut_off]->submitted);
  EXPECT_THAT(MessageOf(cut_off), testing::Not(HasSubstr("is safe")));

  order_.CommitNext();  // Too late for an answer, and harmless.
}

TEST_F(IntakeTest, DeadlinesAreKeptInAnyOrder) {
  order_.SetPrimary(false);
  const size_t patient = Publish(Event("app.g"), milliseconds(60'000));
  const size_t hasty = Publish(Event("app.g"), milliseconds(20));

  ASSERT_TRUE(Answered(hasty));
  EXPECT_FALSE(answers_[patient].has_value());
}

TEST_F(IntakeTest, AcceptedIsAnsweredWhenTheOrderHasIt) {
  order_.SetPrimary(false);
  const size_t place = Publish(Event("app.g"), milliseconds(0), proto::ACK_ACCEPTED);
  EXPECT_FALSE(answers_[place].has_value());

  order_.SetPrimary(true);
  intake_->OnOrderReady();

  ASSERT_TRUE(answers_[place].has_value());
  EXPECT_TRUE(answers_[place]->status.ok());
  EXPECT_EQ(answers_[place]->sequence, LocalSequence(1));
  EXPECT_EQ(answers_[place]->globalseq, Sequence(0));
  EXPECT_EQ(intake_->submitted_count(), 0U);
  order_.CommitNext();
}

TEST_F(IntakeTest, RefusesWhatWouldWaitBeyondTheLimit) {
  order_.SetPrimary(false);
  for (size_t i = 0; i < Intake::kWaitingMax; ++i) {
    Publish(Event("app.g"));
  }

  const size_t place = Publish(Event("app.g"));

  ASSERT_TRUE(answers_[place].has_value());
  EXPECT_EQ(CodeOf(place), absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(answers_[place]->submitted);
}

TEST_F(IntakeTest, EventsOfTheBusWaitInTheirOwnQueueAndTheOldestGo) {
  order_.SetPrimary(false);
  for (size_t i = 0; i <= Intake::kInternalMax; ++i) {
    proto::Event event = Event("peal.x");
    event.set_subject(std::to_string(i));
    intake_->PublishInternal(event);
  }
  Publish(Event("app.g"));

  order_.SetPrimary(true);
  intake_->OnOrderReady();

  ASSERT_EQ(order_.submissions.size(), Intake::kInternalMax + 1);
  EXPECT_EQ(order_.submissions.front().event.subject(), "1");
  EXPECT_EQ(order_.submissions.front().event.sequence(), 1U);
  EXPECT_EQ(order_.submissions.back().event.type(), "app.g");
}

TEST_F(IntakeTest, ABrokenEventOfTheBusIsDropped) {
  intake_->PublishInternal(Event("not a type"));
  intake_->PublishInternal(Event("peal.x"));

  ASSERT_EQ(order_.submissions.size(), 1U);
  EXPECT_EQ(order_.submissions[0].event.type(), "peal.x");
  EXPECT_EQ(order_.submissions[0].event.sequence(), 1U);
}

TEST_F(IntakeTest, ABarrierPassesWithWhatThenIsApplied) {
  std::optional<Answer> passed;
  intake_->Barrier(milliseconds(0), [&](const Answer& answer) { passed = answer; });
  order_.applied_sequence = Sequence(12);
  order_.barriers.at(0)({absl::OkStatus(), Sequence(0), Epoch(0), false});

  ASSERT_TRUE(passed.has_value());
  EXPECT_TRUE(passed->status.ok());
  EXPECT_EQ(passed->globalseq, Sequence(12));
}

TEST_F(IntakeTest, ABarrierWithoutAPrimaryComponentEndsUnavailable) {
  order_.SetPrimary(false);
  std::optional<Answer> passed;
  intake_->Barrier(milliseconds(20), [&](const Answer& answer) { passed = answer; });

  ASSERT_TRUE(RunUntil(loop_.get(), [&] { return passed.has_value(); }));
  EXPECT_EQ(passed->status.code(), absl::StatusCode::kUnavailable);
}

TEST_F(IntakeTest, WhatComesAgainWhileItIsWithTheOrderIsAnsweredWithTheFirst) {
  Try(1);
  const size_t first = Publish(Event("app.g"));
  Try(2);
  const size_t other = Publish(Event("app.g"));
  Try(1);
  const size_t again = Publish(Event("app.g"));
  ASSERT_EQ(order_.submissions.size(), 2U);
  EXPECT_EQ(order_.submissions[1].options.client.sequence, ClientSequence(2));

  order_.CommitNext();
  order_.CommitNext();

  EXPECT_EQ(answers_[first]->globalseq, Sequence(1));
  EXPECT_EQ(answers_[again]->globalseq, Sequence(1));
  EXPECT_EQ(answers_[again]->id, "n1-5-1");
  EXPECT_EQ(answers_[other]->globalseq, Sequence(2));
}

TEST_F(IntakeTest, WhatComesAgainWhileItWaitsIsAnsweredWithTheFirst) {
  order_.SetPrimary(false);
  Try(1);
  const size_t first = Publish(Event("app.g"), milliseconds(20));
  const size_t again = Publish(Event("app.g"), milliseconds(60'000));

  ASSERT_TRUE(Answered(first));
  ASSERT_TRUE(Answered(again));

  EXPECT_EQ(CodeOf(again), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(answers_[again]->submitted);
}

TEST_F(IntakeTest, WhatComesAgainAfterItsAnswerIsTheOrdersToFind) {
  Try(1);
  const size_t first = Publish(Event("app.g"));
  const proto::Event event = order_.CommitNext();
  EXPECT_TRUE(answers_[first]->status.ok());

  const size_t again = Publish(Event("app.g"));
  ASSERT_EQ(order_.submissions.size(), 1U);
  EXPECT_EQ(order_.submissions[0].event.sequence(), 2U);
  server::Outcome outcome{absl::OkStatus(), Sequence(1), Epoch(6)};
  outcome.repeated = true;
  outcome.first_try = event.SerializeAsString();
  order_.submissions[0].done(outcome);

  // The stamps of the event that is in the order.
  EXPECT_TRUE(answers_[again]->status.ok());
  EXPECT_FALSE(answers_[again]->duplicate);
  EXPECT_EQ(answers_[again]->globalseq, Sequence(1));
  EXPECT_EQ(answers_[again]->epoch, Epoch(6));
  EXPECT_EQ(answers_[again]->sequence, LocalSequence(1));
  EXPECT_EQ(answers_[again]->id, "n1-5-1");
  EXPECT_EQ(answers_[again]->node, "n1");
}

TEST_F(IntakeTest, WhatIsHeldNoMoreHasNoStampsOfTheLastTry) {
  Try(1);
  const size_t place = Publish(Event("app.g"));
  server::Outcome outcome{absl::OkStatus(), Sequence(1), Epoch(0)};
  outcome.repeated = true;
  order_.submissions[0].done(outcome);

  EXPECT_EQ(answers_[place]->globalseq, Sequence(1));
  EXPECT_EQ(answers_[place]->sequence, LocalSequence(0));
  EXPECT_EQ(answers_[place]->id, "");
}

TEST_F(IntakeTest, StoppedItRefusesWhatWaitsAndStillAnswersWhatIsUnderWay) {
  const size_t under_way = Publish(Event("app.g"));
  order_.ready = false;
  const size_t waits = Publish(Event("app.g"));

  intake_->Stop();
  const size_t late = Publish(Event("app.g"));

  EXPECT_EQ(CodeOf(waits), absl::StatusCode::kUnavailable);
  EXPECT_EQ(CodeOf(late), absl::StatusCode::kUnavailable);
  // A client with a session sends these to the next daemon.
  EXPECT_TRUE(answers_[waits]->stopping);
  EXPECT_TRUE(answers_[late]->stopping);
  EXPECT_FALSE(answers_[under_way].has_value());
  order_.CommitNext();
  EXPECT_TRUE(answers_[under_way]->status.ok());
  EXPECT_FALSE(answers_[under_way]->stopping);
}

}  // namespace
}  // namespace peal::server
