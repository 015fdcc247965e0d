#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/server/intake_fixture.h"

namespace peal::server {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

TEST_F(IntakeTest, ALocalEventIsNumberedAndInTheFeedAtOnce) {
  order_.SetPrimary(false);

  const size_t place =
      Publish(Event("app.l", proto::SCOPE_LOCAL), milliseconds(0), proto::ACK_ACCEPTED);

  ASSERT_TRUE(answers_[place].has_value());
  EXPECT_TRUE(answers_[place]->status.ok());
  EXPECT_EQ(answers_[place]->sequence, LocalSequence(1));
  EXPECT_EQ(answers_[place]->globalseq, Sequence(0));
  EXPECT_EQ(feed_.end(), FeedPosition(2));
  EXPECT_EQ(local_events_, 1);
}

TEST_F(IntakeTest, ALocalEventIsCommittedWhenItIsDurable) {
  const size_t place = Publish(Event("app.l", proto::SCOPE_LOCAL));
  EXPECT_EQ(feed_.end(), FeedPosition(2));
  EXPECT_FALSE(answers_[place].has_value());
  EXPECT_EQ(intake_->submitted_count(), 1U);

  ASSERT_TRUE(Answered(place));

  EXPECT_TRUE(answers_[place]->status.ok());
  EXPECT_EQ(answers_[place]->sequence, LocalSequence(1));
  EXPECT_EQ(answers_[place]->id, "n1-5-1");
}

TEST_F(IntakeTest, ALocalEventThatIsNotKeptWasShown) {
  local_.files.FailNextSync();
  const size_t place = Publish(Event("app.l", proto::SCOPE_LOCAL));
  ASSERT_TRUE(Answered(place));
  const size_t later = Publish(Event("app.l", proto::SCOPE_LOCAL));
  ASSERT_TRUE(Answered(later));

  for (const size_t answered : {place, later}) {
    EXPECT_EQ(CodeOf(answered), absl::StatusCode::kUnavailable);
    EXPECT_TRUE(answers_[answered]->submitted);
    EXPECT_THAT(MessageOf(answered), HasSubstr("was shown"));
    EXPECT_THAT(MessageOf(answered), HasSubstr("Input/output error"));
  }
  EXPECT_EQ(feed_.end(), FeedPosition(3));
}

TEST_F(IntakeTest, ALocalEventIsRefusedWhenTheDiskDoesNotKeepUp) {
  proto::Event event = Event("app.l", proto::SCOPE_LOCAL);
  event.set_data(std::string(1 << 20, 'x'));
  size_t place = 0;
  for (size_t bytes = 0; bytes < LocalLog::kUnsyncedBytesMax; bytes += event.data().size()) {
    place = Publish(event);
  }
  const LocalNumber shown = feed_.last_local();

  const size_t refused = Publish(event);

  ASSERT_TRUE(answers_[refused].has_value());
  EXPECT_EQ(CodeOf(refused), absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(answers_[refused]->submitted);
  EXPECT_EQ(feed_.last_local(), shown);
  ASSERT_TRUE(Answered(place));
  EXPECT_TRUE(answers_[place]->status.ok());
}

TEST_F(IntakeTest, ALocalEventThatComesAgainWaitsForTheFirstTry) {
  Try(1);
  const size_t first = Publish(Event("app.l", proto::SCOPE_LOCAL));
  const size_t joined = Publish(Event("app.l", proto::SCOPE_LOCAL));
  EXPECT_FALSE(answers_[joined].has_value());
  ASSERT_TRUE(Answered(first));
  const size_t later = Publish(Event("app.l", proto::SCOPE_LOCAL));

  for (const size_t place : {first, joined, later}) {
    ASSERT_TRUE(answers_[place].has_value());
    EXPECT_TRUE(answers_[place]->status.ok());
    EXPECT_EQ(answers_[place]->sequence, LocalSequence(1));
  }
  EXPECT_EQ(feed_.end(), FeedPosition(2));
}

TEST_F(IntakeTest, ALocalEventThatWasNotKeptIsNotSoWhenItComesAgain) {
  Try(1);
  local_.files.FailNextSync();
  ASSERT_TRUE(Answered(Publish(Event("app.l", proto::SCOPE_LOCAL))));

  const size_t again = Publish(Event("app.l", proto::SCOPE_LOCAL));

  ASSERT_TRUE(answers_[again].has_value());
  EXPECT_EQ(CodeOf(again), absl::StatusCode::kUnavailable);
  EXPECT_EQ(answers_[again]->sequence, LocalSequence(1));
  EXPECT_EQ(feed_.end(), FeedPosition(2));
}

TEST_F(IntakeTest, ALocalEventThatComesAgainIsOneEvent) {
  Try(1);
  const size_t first = Publish(Event("app.l", proto::SCOPE_LOCAL));
  ASSERT_TRUE(Answered(first));
  const size_t again = Publish(Event("app.l", proto::SCOPE_LOCAL));
  proto::Event named = Event("app.l", proto::SCOPE_LOCAL);
  named.set_id("mine");
  Try(2);
  ASSERT_TRUE(Answered(Publish(named)));
  const size_t named_again = Publish(named);

  EXPECT_EQ(answers_[first]->sequence, LocalSequence(1));
  EXPECT_EQ(answers_[again]->sequence, LocalSequence(1));
  EXPECT_EQ(answers_[again]->id, answers_[first]->id);
  EXPECT_EQ(answers_[named_again]->sequence, LocalSequence(2));
  EXPECT_EQ(answers_[named_again]->id, "mine");
  EXPECT_EQ(feed_.end(), FeedPosition(3));
}

}  // namespace
}  // namespace peal::server
