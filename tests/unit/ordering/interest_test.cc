// That every member knows what every other wants, and when a member can count on that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ordering/interests.h"
#include "tests/support/fake_cluster.h"

namespace peal::ordering {
namespace {

using ::peal::testing::FakeCluster;
using ::peal::testing::kPatience;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;

Interest Wanting(std::vector<std::string> types) {
  return {.classes = {}, .types = std::move(types), .narrowed = {"fs.*"}};
}

class MachineInterest : public ::testing::Test {
 protected:
  MachineInterest() {
    for (uint32_t node = 1; node <= 3; ++node) {
      cluster_.SetInterest(node, Wanting({}));
    }
    cluster_.Settle();
  }

  bool IsKnown(uint32_t node) {
    Machine& machine = cluster_.machine(node);
    return machine.known_interest() == machine.interests().number();
  }
  void ExpectAllKnow(uint32_t node, const Interest& interest) {
    for (uint32_t other = 1; other <= 3; ++other) {
      EXPECT_EQ(cluster_.interests(other).at(NodeId(node)), interest) << "node " << other;
    }
  }

  FakeCluster cluster_{3};
};

TEST_F(MachineInterest, AChangeIsKnownToAll) {
  cluster_.SetInterest(3, Wanting({"fs.a"}));
  EXPECT_FALSE(IsKnown(3));

  cluster_.Settle();

  ExpectAllKnow(3, Wanting({"fs.a"}));
  EXPECT_TRUE(IsKnown(3));
}

TEST_F(MachineInterest, ItIsNotKnownWhileOneMemberHasNotSaidThatItHasIt) {
  cluster_.Pause(1);
  cluster_.SetInterest(3, Wanting({"fs.a"}));
  cluster_.Settle();

  EXPECT_FALSE(IsKnown(3));

  cluster_.Resume(1);
  cluster_.Settle();
  EXPECT_TRUE(IsKnown(3));
}

TEST_F(MachineInterest, WhoNarrowsNothingIsNotWaitedFor) {
  cluster_.SetInterest(1, {});
  cluster_.Settle();
  cluster_.Pause(1);
  cluster_.SetInterest(3, Wanting({"fs.a"}));
  cluster_.Settle();

  EXPECT_TRUE(IsKnown(3));
  cluster_.Resume(1);
}

TEST_F(MachineInterest, WhoNarrowsNothingWaitsForNobodyAndIsAnsweredByNobody) {
  cluster_.SetInterest(3, {});
  cluster_.Settle();
  int answers = 0;
  cluster_.drop = [&answers](uint32_t, const proto::Envelope& message) {
    answers += message.has_interest_heard() ? 1 : 0;
    return false;
  };

  cluster_.SetInterest(3, {.classes = {"ip"}, .types = {}, .narrowed = {}});
  EXPECT_TRUE(IsKnown(3));
  cluster_.Settle();

  EXPECT_EQ(answers, 0);
  ExpectAllKnow(3, {.classes = {"ip"}, .types = {}, .narrowed = {}});
}

TEST_F(MachineInterest, OfManyChangesInOneTripOnlyTheFirstAndTheLastAreSent) {
  int sent = 0;
  cluster_.drop = [&sent](uint32_t receiver, const proto::Envelope& message) {
    sent += receiver == 1 && message.has_interest() ? 1 : 0;
    return false;
  };

  for (const char* const type : {"fs.a", "fs.b", "fs.c", "fs.d"}) {
    cluster_.SetInterest(3, Wanting({type}));
  }
  cluster_.Settle();

  EXPECT_EQ(sent, 2);
  ExpectAllKnow(3, Wanting({"fs.d"}));
  EXPECT_TRUE(IsKnown(3));
}

TEST_F(MachineInterest, WhoLeavesWantsNothingAndWhoComesIsHeardBeforeTheEpochOpens) {
  cluster_.SetInterest(3, Wanting({"fs.a"}));
  cluster_.Settle();

  cluster_.Partition({{1, 2}, {3}});
  cluster_.Settle();
  EXPECT_THAT(cluster_.interests(1), ElementsAre(Key(NodeId(1)), Key(NodeId(2))));
  EXPECT_THAT(cluster_.interests(3), ElementsAre(Key(NodeId(3))));
  // Nobody orders with it.
  cluster_.SetInterest(3, Wanting({"fs.b"}));
  cluster_.Settle();
  EXPECT_TRUE(IsKnown(3));

  cluster_.Heal();
  cluster_.Settle();
  ExpectAllKnow(3, Wanting({"fs.b"}));
  ExpectAllKnow(1, Wanting({}));
}

TEST_F(MachineInterest, WhatWasSaidInAViewBeforeIsKnownInTheNext) {
  cluster_.drop = [](uint32_t, const proto::Envelope& message) { return message.has_interest(); };
  cluster_.SetInterest(3, Wanting({"fs.a"}));
  cluster_.Settle();
  EXPECT_FALSE(IsKnown(3));
  cluster_.drop = nullptr;

  cluster_.Partition({{1, 2, 3}});
  cluster_.Settle();

  ExpectAllKnow(3, Wanting({"fs.a"}));
  EXPECT_TRUE(IsKnown(3));
}

TEST_F(MachineInterest, ADaemonThatIsStartedAnewWantsNothingAtFirst) {
  cluster_.SetInterest(3, Wanting({"fs.a"}));
  cluster_.Settle();

  cluster_.Crash(3);
  cluster_.Restart(3);
  cluster_.Settle();

  EXPECT_EQ(cluster_.interests(1).at(NodeId(3)), Interest());
}

TEST_F(MachineInterest, AnAnswerToAnotherStartOfTheDaemonDoesNotCount) {
  cluster_.Pause(1);
  cluster_.SetInterest(3, Wanting({"fs.a"}));
  cluster_.Settle();
  proto::Envelope answer;
  cluster_.drop = [&answer](uint32_t, const proto::Envelope& message) {
    answer = message.has_interest_heard() ? message : answer;
    return message.has_interest_heard();
  };
  cluster_.Resume(1);
  cluster_.Settle();
  cluster_.drop = nullptr;
  ASSERT_TRUE(answer.has_interest_heard());
  ASSERT_FALSE(IsKnown(3));

  answer.mutable_interest_heard()->set_incarnation(77);
  cluster_.DeliverLate(1, answer);
  cluster_.Settle();

  EXPECT_FALSE(IsKnown(3));
}

TEST(Interests, WhoWantsNothingInParticularIsNews) {
  Interests interests;

  EXPECT_TRUE(interests.Take(NodeId(2), {}));
  EXPECT_FALSE(interests.Take(NodeId(2), {}));
  EXPECT_THAT(interests.all(), ElementsAre(Key(NodeId(2))));
  EXPECT_TRUE(interests.Keep({NodeId(1)}));
  EXPECT_THAT(interests.all(), IsEmpty());
}

}  // namespace
}  // namespace peal::ordering
