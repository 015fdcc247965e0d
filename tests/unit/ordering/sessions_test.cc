#include "ordering/sessions.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

namespace peal::ordering {
namespace {

class SessionsTest : public ::testing::Test {
 protected:
  static ClientPublish Publish(char session, uint64_t sequence, uint64_t unanswered_from) {
    ClientPublish publish{.sequence = ClientSequence(sequence),
                          .unanswered_from = ClientSequence(unanswered_from)};
    publish.session.fill(session);
    return publish;
  }

  // A publish comes to the log: "new", and it gets the next number, or what came of it before.
  std::string Take(char session, uint64_t sequence, uint64_t unanswered_from = 1) {
    const ClientPublish publish = Publish(session, sequence, unanswered_from);
    if (const std::optional<EventResult> known = sessions_.Repeated(publish)) {
      EXPECT_EQ(known->outcome, EventOutcome::kRepeated);
      const uint64_t number = known->sequence.value();
      EXPECT_EQ(known->index, Index(number == 0 ? 0 : 1000 + number));
      return std::to_string(known->sequence.value());
    }
    last_ = last_.Next();
    sessions_.Answer(publish, {last_, EventOutcome::kNumbered, Index(1000 + last_.value())});
    return "new";
  }

  void SaveAndRestore() {
    google::protobuf::RepeatedPtrField<proto::KnownSession> saved;
    sessions_.Save(&saved);
    sessions_ = Sessions(limits_);
    sessions_.Restore(saved);
  }

  void SetLimits(Sessions::Limits limits) {
    limits_ = limits;
    sessions_ = Sessions(limits);
  }

  Sessions::Limits limits_;
  Sessions sessions_;
  Sequence last_;
};

TEST_F(SessionsTest, ARepeatHasTheNumberOfTheFirst) {
  EXPECT_EQ(Take('a', 1), "new");
  EXPECT_EQ(Take('a', 2), "new");
  EXPECT_EQ(Take('b', 1), "new");

  EXPECT_EQ(Take('a', 1), "1");
  EXPECT_EQ(Take('b', 1), "3");
  EXPECT_EQ(Take('a', 2), "2");
  EXPECT_EQ(Take('a', 3), "new");
}

TEST_F(SessionsTest, WhatWasMissingInBetweenIsNew) {
  Take('a', 1);
  Take('a', 4);

  EXPECT_EQ(Take('a', 3), "new");
  EXPECT_EQ(Take('a', 4), "2");
  EXPECT_EQ(Take('a', 3), "3");
  EXPECT_EQ(Take('a', 2), "new");
}

TEST_F(SessionsTest, WhatIsAnsweredIsForgottenAndALateCopyOfItComesToNothing) {
  for (uint64_t i = 1; i <= 100; ++i) {
    EXPECT_EQ(Take('a', i, i < 10 ? 1 : i - 9), "new");
  }

  EXPECT_EQ(sessions_.answer_count(), 10U);
  EXPECT_EQ(Take('a', 90, 90), "0");
  EXPECT_EQ(Take('a', 91, 91), "91");
  // A client's first unanswered publish only grows; an old copy says less than is known.
  EXPECT_EQ(Take('a', 92, 1), "92");
  EXPECT_EQ(Take('a', 90, 1), "0");
}

TEST_F(SessionsTest, ADuplicateAndARefusalAreKeptAsWhatTheyAre) {
  for (const EventResult result : {EventResult{Sequence(7), EventOutcome::kDuplicate},
                                   EventResult{Sequence(0), EventOutcome::kRefused}}) {
    const ClientPublish publish = Publish('a', 1, 1);
    sessions_ = Sessions();
    ASSERT_EQ(sessions_.Repeated(publish), std::nullopt);
    sessions_.Answer(publish, result);

    SaveAndRestore();

    const std::optional<EventResult> repeated = sessions_.Repeated(publish);
    ASSERT_TRUE(repeated.has_value());
    EXPECT_EQ(repeated->sequence, result.sequence);
    EXPECT_EQ(repeated->outcome, result.outcome);
  }
}

TEST_F(SessionsTest, AClientThatNeverSaysWhatIsAnsweredIsBounded) {
  SetLimits({.sessions_max = 10, .answers_max = 100, .span_max = 10});
  for (uint64_t i = 1; i <= 50; ++i) {
    Take('a', i);
    ASSERT_LE(sessions_.answer_count(), 10U);
  }

  EXPECT_EQ(Take('a', 50), "50");
  EXPECT_EQ(Take('a', 41), "41");
  EXPECT_EQ(Take('a', 40), "0");

  EXPECT_EQ(Take('a', ~uint64_t{0}), "new");
  EXPECT_EQ(Take('a', ~uint64_t{0}), "51");
  EXPECT_EQ(Take('a', 50), "0");
  EXPECT_LE(sessions_.answer_count(), 10U);
}

TEST_F(SessionsTest, TheSessionThatWasNotUsedForLongestIsForgotten) {
  SetLimits({.sessions_max = 2, .answers_max = 100, .span_max = 10});
  Take('a', 1);
  Take('b', 1);
  Take('a', 2);
  Take('c', 1);

  EXPECT_EQ(sessions_.size(), 2U);
  EXPECT_EQ(Take('a', 1), "1");
  EXPECT_EQ(Take('c', 1), "4");
  EXPECT_EQ(Take('b', 1), "new");
}

TEST_F(SessionsTest, AllSessionsTogetherAreBoundedToo) {
  SetLimits({.sessions_max = 10, .answers_max = 20, .span_max = 10});
  for (const char session : {'a', 'b', 'c'}) {
    for (uint64_t i = 1; i <= 10; ++i) {
      Take(session, i);
      ASSERT_LE(sessions_.answer_count(), 20U);
    }
  }

  EXPECT_EQ(sessions_.size(), 2U);
  EXPECT_EQ(Take('c', 10), "30");
  EXPECT_EQ(Take('b', 1), "11");
}

TEST_F(SessionsTest, ARestartKnowsTheSameAndForgetsTheSame) {
  SetLimits({.sessions_max = 2, .answers_max = 100, .span_max = 10});
  for (uint64_t i = 1; i <= 9; ++i) {
    Take('a', i, i < 4 ? 1 : i - 3);
  }
  Take('b', 2);

  SaveAndRestore();

  EXPECT_EQ(sessions_.answer_count(), 4U + 2U);
  EXPECT_EQ(Take('a', 5), "0");
  EXPECT_EQ(Take('a', 6), "6");
  EXPECT_EQ(Take('b', 1), "new");
  EXPECT_EQ(Take('b', 2), "10");
  Take('c', 1);
  EXPECT_EQ(Take('b', 2), "10");
  EXPECT_EQ(Take('a', 9), "new");
}

TEST_F(SessionsTest, WhatIsIllFormedIsNotRestored) {
  google::protobuf::RepeatedPtrField<proto::KnownSession> saved;
  saved.Add()->set_session("short");
  saved.Add()->set_session(std::string(16, 'a'));
  saved[1].mutable_answers()->Resize(static_cast<int>(limits_.span_max) + 1, 1);
  saved[1].mutable_indices()->Resize(static_cast<int>(limits_.span_max) + 1, 1);
  saved.Add()->set_session(std::string(16, 'b'));
  saved[2].add_answers(1);

  sessions_.Restore(saved);

  EXPECT_EQ(sessions_.size(), 0U);
}

}  // namespace
}  // namespace peal::ordering
