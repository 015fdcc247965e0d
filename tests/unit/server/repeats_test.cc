#include "core/server/repeats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace peal::server {
namespace {

using testing::ElementsAre;
using Kind = Repeats::Kind;

class RepeatsTest : public testing::Test {
 protected:
  static ClientPublish Publish(uint64_t session, uint64_t sequence, uint64_t unanswered_from = 1) {
    ClientPublish publish{.sequence = ClientSequence(sequence),
                          .unanswered_from = ClientSequence(unanswered_from)};
    publish.session[0] = static_cast<char>(session);
    publish.session[1] = static_cast<char>(session >> 8);
    return publish;
  }
  // Calls all who joined; their numbers go to answered_.
  void Answer(const ClientPublish& publish) {
    for (const AnswerCallback& joined : repeats_.TakeJoined(publish)) {
      joined({});
    }
  }
  AnswerCallback Waiter(int number) {
    return [this, number](const server::Answer& answer) {
      (answer.status.ok() ? answered_ : aborted_).push_back(number);
    };
  }

  Repeats repeats_;
  std::vector<int> answered_;
  std::vector<int> aborted_;
};

TEST_F(RepeatsTest, WhatIsInHandIsJoinedUntilItIsAnswered) {
  EXPECT_EQ(repeats_.Arrive(Publish(1, 1)).kind, Kind::kNew);
  EXPECT_EQ(repeats_.Arrive(Publish(2, 1)).kind, Kind::kNew);
  EXPECT_EQ(repeats_.Arrive(Publish(1, 1)).kind, Kind::kInHand);
  repeats_.Join(Publish(1, 1), Waiter(7));
  repeats_.Join(Publish(1, 1), Waiter(8));

  Answer(Publish(2, 1));
  EXPECT_TRUE(answered_.empty());
  Answer(Publish(1, 1));

  EXPECT_THAT(answered_, ElementsAre(7, 8));
  // The order finds it.
  EXPECT_EQ(repeats_.Arrive(Publish(1, 1)).kind, Kind::kNew);
}

TEST_F(RepeatsTest, WhatIsAnsweredTakesNoRoom) {
  for (uint64_t i = 1; i <= 100; ++i) {
    repeats_.Arrive(Publish(1, i));
  }
  EXPECT_EQ(repeats_.held_count(), 100U);

  for (uint64_t i = 1; i <= 100; ++i) {
    Answer(Publish(1, i));
  }

  EXPECT_EQ(repeats_.held_count(), 0U);
  EXPECT_EQ(repeats_.session_count(), 0U);
}

TEST_F(RepeatsTest, ALocalOneIsKnownUntilItsClientHasTheAnswer) {
  repeats_.Arrive(Publish(1, 1));
  repeats_.AnsweredLocal(Publish(1, 1), LocalSequence(70), true);
  repeats_.Arrive(Publish(1, 2));
  repeats_.AnsweredLocal(Publish(1, 2), LocalSequence(71), true);

  const Repeats::Found found = repeats_.Arrive(Publish(1, 1));
  EXPECT_EQ(found.kind, Kind::kAnswered);
  EXPECT_EQ(found.sequence, LocalSequence(70));

  repeats_.Arrive(Publish(1, 3, 2));
  EXPECT_EQ(repeats_.held_count(), 2U);
  EXPECT_EQ(repeats_.Arrive(Publish(1, 2, 2)).sequence, LocalSequence(71));
}

TEST_F(RepeatsTest, ALocalOneThatIsWaitedForIsInHand) {
  repeats_.Arrive(Publish(1, 1));
  EXPECT_EQ(repeats_.Arrive(Publish(1, 1)).kind, Kind::kInHand);
  repeats_.Join(Publish(1, 1), Waiter(5));

  EXPECT_EQ(repeats_.AnsweredLocal(Publish(1, 1), LocalSequence(70), false).size(), 1U);

  const Repeats::Found found = repeats_.Arrive(Publish(1, 1));
  EXPECT_EQ(found.kind, Kind::kAnswered);
  EXPECT_EQ(found.sequence, LocalSequence(70));
  EXPECT_FALSE(found.kept);
}

TEST_F(RepeatsTest, WhoAsksTooOftenOverNewConnectionsLeavesTheOldOnes) {
  repeats_.Arrive(Publish(1, 1));
  for (int i = 0; i < static_cast<int>(Repeats::kJoinedMax) + 2; ++i) {
    repeats_.Join(Publish(1, 1), Waiter(i));
  }

  EXPECT_THAT(aborted_, ElementsAre(0, 1));
  Answer(Publish(1, 1));
  EXPECT_EQ(answered_.size(), Repeats::kJoinedMax);
}

TEST_F(RepeatsTest, OneSessionIsBounded) {
  for (uint64_t i = 1; i <= Repeats::kHeldOfSessionMax + 2; ++i) {
    repeats_.Arrive(Publish(1, i));
    repeats_.AnsweredLocal(Publish(1, i), LocalSequence(i), true);
  }

  EXPECT_EQ(repeats_.held_count(), Repeats::kHeldOfSessionMax);
  EXPECT_EQ(repeats_.Arrive(Publish(1, 3)).kind, Kind::kAnswered);
  EXPECT_EQ(repeats_.Arrive(Publish(1, 1)).kind, Kind::kNew);
}

TEST_F(RepeatsTest, TheSessionThatPublishedLongestAgoIsForgotten) {
  for (uint64_t session = 1; session <= Repeats::kSessionsMax; ++session) {
    repeats_.Arrive(Publish(session, 1));
    repeats_.AnsweredLocal(Publish(session, 1), LocalSequence(session), true);
  }
  EXPECT_EQ(repeats_.Arrive(Publish(1, 1)).kind, Kind::kAnswered);

  repeats_.Arrive(Publish(Repeats::kSessionsMax + 1, 1));

  EXPECT_EQ(repeats_.session_count(), Repeats::kSessionsMax);
  EXPECT_EQ(repeats_.Arrive(Publish(1, 1)).kind, Kind::kAnswered);
  EXPECT_EQ(repeats_.Arrive(Publish(2, 1)).kind, Kind::kNew);
}

TEST_F(RepeatsTest, AllSessionsTogetherAreBounded) {
  const uint64_t sessions = Repeats::kHeldMax / Repeats::kHeldOfSessionMax + 1;
  for (uint64_t session = 1; session <= sessions; ++session) {
    for (uint64_t i = 1; i <= Repeats::kHeldOfSessionMax; ++i) {
      repeats_.Arrive(Publish(session, i));
      ASSERT_LE(repeats_.held_count(), Repeats::kHeldMax);
    }
  }

  EXPECT_EQ(repeats_.Arrive(Publish(sessions, 1)).kind, Kind::kInHand);
  EXPECT_EQ(repeats_.Arrive(Publish(1, 1)).kind, Kind::kNew);
}

TEST_F(RepeatsTest, WhoJoinedWhatIsForgottenIsAnsweredAllTheSame) {
  repeats_.Arrive(Publish(1, 1));
  repeats_.Join(Publish(1, 1), Waiter(7));
  for (uint64_t session = 2; session <= Repeats::kSessionsMax + 1; ++session) {
    repeats_.Arrive(Publish(session, 1));
  }

  Answer(Publish(1, 1));

  EXPECT_THAT(answered_, ElementsAre(7));
}

}  // namespace
}  // namespace peal::server
