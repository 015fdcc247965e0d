// One scenario for each rule of docs/ordering.md that agreement or progress hangs on: without the
// rule, it goes wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <utility>

#include "ordering/machine.h"
#include "tests/support/fake_cluster.h"

namespace peal::ordering {
namespace {

using ::peal::testing::FakeCluster;
using ::peal::testing::kPatience;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class MachineRules : public ::testing::Test {
 protected:
  MachineRules() { cluster_.Settle(); }

  // From now on the group carries nothing to the node.
  void CutOff(uint32_t node) {
    cluster_.drop = [node](uint32_t receiver, const proto::Envelope&) { return receiver == node; };
  }
  // From now on the first message that `matches` is kept in held_, and nobody is delivered it.
  void HoldBack(std::function<bool(const proto::Envelope&)> matches) {
    held_.reset();
    cluster_.drop = [this, matches = std::move(matches)](uint32_t, const proto::Envelope& message) {
      if (!held_ && matches(message)) {
        held_ = message;
      }
      return held_ && held_->SerializeAsString() == message.SerializeAsString();
    };
  }
  void CarryAll() { cluster_.drop = nullptr; }
  void NewViewOfAll() { cluster_.Partition({{1, 2, 3}}); }

  void ExpectInStep() {
    for (uint32_t node = 1; node <= 3; ++node) {
      EXPECT_EQ(cluster_.why(node), "") << "node " << node;
    }
  }
  void ExpectSameHistory() {
    EXPECT_EQ(cluster_.history(1), cluster_.history(2));
    EXPECT_EQ(cluster_.history(1), cluster_.history(3));
  }

  FakeCluster cluster_{3};
  std::optional<proto::Envelope> held_;
};

TEST_F(MachineRules, AStateOfAnEarlierViewDoesNotCompleteTheExchange) {
  HoldBack([](const proto::Envelope& message) { return message.state().name() == "n3"; });
  NewViewOfAll();
  cluster_.Settle();
  ASSERT_TRUE(held_);
  CarryAll();

  cluster_.Pause(3);
  NewViewOfAll();
  cluster_.DeliverLate(3, *held_);
  cluster_.Settle();

  EXPECT_EQ(cluster_.machine(1).phase(), Phase::kExchanging);
  EXPECT_EQ(cluster_.machine(2).phase(), Phase::kExchanging);
  cluster_.Resume(3);
  cluster_.Settle();
  ExpectInStep();
  ExpectSameHistory();
}

TEST_F(MachineRules, AnAckOfAnEarlierViewDoesNotCount) {
  cluster_.Pause(1);
  cluster_.Pause(2);
  HoldBack([](const proto::Envelope& message) { return message.has_ack(); });
  cluster_.Publish(1, "once");
  cluster_.Settle();  // Node 3 acknowledges.
  ASSERT_TRUE(held_);
  CarryAll();

  NewViewOfAll();
  cluster_.Resume(1);
  cluster_.Resume(2);
  cluster_.Settle();
  cluster_.DeliverLate(3, *held_);
  cluster_.Settle();

  ExpectInStep();
  EXPECT_THAT(cluster_.events(1), ElementsAre("once"));
  ExpectSameHistory();
}

TEST_F(MachineRules, ABatchOfAnEarlierViewDoesNotCountAndIsSentAgain) {
  HoldBack([](const proto::Envelope& message) { return message.has_batch(); });
  const uint64_t token = cluster_.Publish(3, "once");
  ASSERT_TRUE(held_);
  CarryAll();

  NewViewOfAll();
  cluster_.Settle();
  cluster_.DeliverLate(3, *held_);
  cluster_.Settle();

  ExpectInStep();
  EXPECT_THAT(cluster_.events(1), ElementsAre("once"));
  ExpectSameHistory();
  EXPECT_NE(cluster_.answer(3, token), 0U);
}

TEST_F(MachineRules, ABatchOfAnotherEpochIsNobodysAndIsSentAgain) {
  // Node 2 misses a batch and asks for a round; node 3 is slow, and left out of the new epoch.
  cluster_.Pause(3);
  CutOff(2);
  cluster_.Publish(1, "first");
  CarryAll();
  cluster_.Settle();
  cluster_.Tick(kPatience);
  ASSERT_LT(cluster_.machine(3).epoch(), cluster_.machine(1).epoch());
  ASSERT_THAT(cluster_.events(1), ElementsAre("first"));

  const uint64_t token = cluster_.Publish(3, "of the old epoch");
  cluster_.Settle();

  EXPECT_THAT(cluster_.events(1), ElementsAre("first"));
  EXPECT_THAT(cluster_.events(2), ElementsAre("first"));
  cluster_.Resume(3);
  cluster_.Tick(kPatience);
  EXPECT_THAT(cluster_.events(1), ElementsAre("first", "of the old epoch"));
  ExpectSameHistory();
  EXPECT_NE(cluster_.answer(3, token), 0U);
}

TEST_F(MachineRules, ATailThatIsNeitherEchoedNorConfirmedIsDroppedAtANewView) {
  // Node 1 is delivered the second batch without the first, and nothing after it.
  cluster_.Pause(3);
  CutOff(1);
  cluster_.Publish(2, "a");
  CarryAll();
  cluster_.Publish(3, "b");
  cluster_.DeliverSome(1, 1);
  cluster_.Pause(1);
  CutOff(1);
  cluster_.Settle();  // What node 2 has comes back to it.
  ASSERT_EQ(cluster_.machine(1).log().end_index(), Index(2));

  CarryAll();
  cluster_.Resume(1);
  cluster_.Crash(3);
  cluster_.Settle();

  // Had node 1 kept its "b", nobody could tell whether that or "a" was committed with node 3.
  EXPECT_EQ(cluster_.why(1), "");
  EXPECT_THAT(cluster_.events(1), ElementsAre("a", "b"));
  EXPECT_EQ(cluster_.history(1), cluster_.history(2));
}

TEST_F(MachineRules, ATailThatIsOnlyEchoedIsKeptAtANewView) {
  CutOff(3);
  cluster_.Pause(1);
  const uint64_t token = cluster_.Publish(1, "a");
  cluster_.Settle();  // Node 2 acknowledges, and its message comes back.
  cluster_.Resume(1);
  cluster_.drop = [](uint32_t receiver, const proto::Envelope&) { return receiver != 1; };
  cluster_.Settle();  // Node 1 commits, by an acknowledgement that nobody else is delivered.
  ASSERT_NE(cluster_.answer(1, token), 0U);
  ASSERT_EQ(cluster_.machine(2).confirmed(), Index(1));

  CarryAll();
  cluster_.Partition({{1}, {2, 3}});
  cluster_.Settle();
  cluster_.Publish(2, "b");
  cluster_.Settle();

  EXPECT_THAT(cluster_.events(3), ElementsAre("a", "b"));
  cluster_.Heal();
  cluster_.Settle();
  ExpectInStep();
  ExpectSameHistory();
}

TEST_F(MachineRules, WhoMissedAMessageStopsAcknowledgingUntilAnotherRound) {
  // Of two nodes that are left neither is a majority that could contradict the other.
  cluster_.Crash(2);
  cluster_.Settle();
  CutOff(3);
  cluster_.Publish(1, "missed by n3");
  CarryAll();
  cluster_.Settle();
  const Index acknowledged = cluster_.machine(1).acks().positions().at(NodeId(3)).index;

  cluster_.Publish(3, "second");
  cluster_.Settle();
  EXPECT_THAT(cluster_.why(3), HasSubstr("out of step"));
  EXPECT_EQ(cluster_.machine(1).acks().positions().at(NodeId(3)).index, acknowledged);
  EXPECT_THAT(cluster_.events(1), IsEmpty());

  cluster_.Tick(kPatience);
  EXPECT_THAT(cluster_.events(1), ElementsAre("missed by n3", "second"));
  cluster_.Restart(2);
  cluster_.Settle();
  ExpectSameHistory();
}

TEST_F(MachineRules, WhoIsOutOfStepDoesNotAcknowledgeWhatItIsStillDelivered) {
  cluster_.Publish(1, "first");
  cluster_.Pause(2);
  cluster_.Pause(3);
  CutOff(3);
  cluster_.Settle();  // Node 3 is to miss an acknowledgement of node 1.
  CarryAll();
  cluster_.Resume(2);
  cluster_.Resume(3);
  cluster_.Settle();

  cluster_.Publish(1, "second");
  cluster_.Settle();

  EXPECT_THAT(cluster_.why(3), HasSubstr("out of step"));
  EXPECT_EQ(cluster_.machine(3).log().end_index(), Index(3));
  EXPECT_EQ(cluster_.machine(1).acks().positions().at(NodeId(3)).index, Index(2));
  cluster_.Tick(kPatience);
  ExpectInStep();
  EXPECT_THAT(cluster_.events(3), ElementsAre("first", "second"));
  ExpectSameHistory();
}

TEST(MachineOfTwo, TwoWhoseLogsContradictAreBothOutOfStepUntilAnotherRound) {
  FakeCluster cluster(2);
  cluster.Settle();
  std::optional<proto::Envelope> held;
  cluster.drop = [&held](uint32_t, const proto::Envelope& message) {
    if (!held && message.has_ack() && message.applied() > 1) {
      held = message;
    }
    return held && held->SerializeAsString() == message.SerializeAsString();
  };
  cluster.Publish(1, "a");
  cluster.Settle();
  cluster.Publish(1, "b");
  cluster.Settle();
  ASSERT_TRUE(held);
  cluster.drop = nullptr;
  const Epoch before = cluster.machine(1).epoch();

  held->mutable_ack()->mutable_chain()->front() ^= 1;
  cluster.DeliverLate(2, *held);
  cluster.Settle();
  EXPECT_THAT(cluster.why(1), HasSubstr("out of step"));

  cluster.Tick(kPatience);
  EXPECT_GT(cluster.machine(1).epoch(), before);
  EXPECT_EQ(cluster.why(1), "");
  EXPECT_THAT(cluster.events(1), ElementsAre("a", "b"));
  EXPECT_EQ(cluster.history(1), cluster.history(2));
}

}  // namespace
}  // namespace peal::ordering
