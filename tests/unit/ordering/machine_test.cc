// The machine's promises, over a group in memory.
#include "ordering/machine.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <utility>

#include "tests/support/fake_cluster.h"

namespace peal::ordering {
namespace {

using ::peal::testing::FakeCluster;
using ::peal::testing::kPatience;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

void ExpectSameHistory(const FakeCluster& cluster, uint32_t nodes) {
  for (uint32_t node = 2; node <= nodes; ++node) {
    EXPECT_EQ(cluster.history(1), cluster.history(node)) << "node " << node;
  }
}

TEST(Machine, FirstStartOpensWhenAllNodesAreHere) {
  FakeCluster cluster(3);

  cluster.Settle();

  EXPECT_THAT(cluster.history(1), ElementsAre("1:view n1,n2,n3 after  (4 events)"));
  ExpectSameHistory(cluster, 3);
  EXPECT_TRUE(cluster.machine(2).CanSubmit());
  EXPECT_EQ(cluster.machine(3).applied().sequence(),
            Sequence(4));  // The view, and three that joined.
}

TEST(Machine, FirstStartWaitsForAMissingNodeAndNamesIt) {
  FakeCluster cluster(3);

  cluster.Partition({{1, 2}, {3}});
  cluster.Settle();

  EXPECT_THAT(cluster.history(1), IsEmpty());
  EXPECT_THAT(cluster.why(1), HasSubstr("missing n3"));
}

TEST(Machine, ANodeWhoseFolderIsAnOlderCopyOfItselfHalts) {
  FakeCluster cluster(3);
  cluster.Settle();
  cluster.Publish(3, "of the folder as it was");
  cluster.Settle();
  cluster.Crash(3);
  cluster.Settle();

  cluster.RestartAsOlderCopy(3);
  cluster.Settle();

  EXPECT_TRUE(cluster.machine(3).halted());
  EXPECT_THAT(cluster.why(3), HasSubstr("older copy"));
  cluster.Publish(1, "the others go on");
  cluster.Settle();
  EXPECT_THAT(cluster.events(2), ElementsAre("of the folder as it was", "the others go on"));
}

TEST(Machine, EventsOfAllNodesComeInOneOrderEverywhere) {
  FakeCluster cluster(3);
  cluster.Settle();

  for (int i = 0; i < 20; ++i) {
    for (uint32_t node = 1; node <= 3; ++node) {
      cluster.Publish(node, fmt::format("{}-{}", node, i));
    }
    cluster.DeliverSome(1, static_cast<size_t>(i % 4));
  }
  cluster.Settle();

  EXPECT_EQ(cluster.events(1).size(), 60U);
  ExpectSameHistory(cluster, 3);
}

TEST(Machine, AnswersThePublisherWithThePlaceInTheOrder) {
  FakeCluster cluster(3);
  cluster.Settle();

  const uint64_t token = cluster.Publish(2, "hello");
  EXPECT_EQ(cluster.answer(2, token), 0U);
  cluster.Settle();

  EXPECT_EQ(cluster.answer(2, token), 5U);
  EXPECT_EQ(cluster.history(1).back(), "5:hello");
}

TEST(Machine, AnIdThatThePublisherRepeatsAppearsOnce) {
  FakeCluster cluster(3);
  cluster.Settle();

  const uint64_t first = cluster.Publish(1, "once", "key");
  const uint64_t again = cluster.Publish(3, "twice", "key");
  cluster.Settle();

  EXPECT_THAT(cluster.events(2), ElementsAre("once"));
  EXPECT_EQ(cluster.answer(1, first), cluster.answer(3, again));
}

TEST(Machine, AMinorityShowsNothingAndSaysWhy) {
  FakeCluster cluster(3);
  cluster.Settle();

  cluster.Partition({{1}, {2, 3}});
  cluster.Settle();
  cluster.Publish(2, "majority");
  cluster.Settle();

  EXPECT_FALSE(cluster.machine(1).CanSubmit());
  EXPECT_THAT(cluster.why(1), HasSubstr("1 of 3 votes are here, 2 are needed; missing n2, n3"));
  EXPECT_THAT(cluster.events(1), IsEmpty());
  EXPECT_THAT(cluster.events(3), ElementsAre("majority"));
}

TEST(Machine, ANodeWhoseMessagesDoNotComeBackNoticesThoughItHasNothingToSay) {
  FakeCluster cluster(3);
  cluster.Settle();

  // What a stopped corosync looks like: no error, no view, no message.
  cluster.drop = [](uint32_t receiver, const proto::Envelope&) { return receiver == 1; };
  cluster.Tick(ordering::Machine::kHeartbeatTicks + ordering::Machine::kEchoTicks);

  EXPECT_THAT(cluster.why(1), HasSubstr("corosync does not carry this node's messages"));
  EXPECT_TRUE(cluster.machine(2).CanSubmit());
  cluster.drop = nullptr;
  cluster.Tick(ordering::Machine::kEchoTicks + ordering::Machine::kRoundTicksMax);
  EXPECT_TRUE(cluster.machine(1).CanSubmit());
}

TEST(Machine, AHealedMinorityCatchesUpAndAllAgree) {
  FakeCluster cluster(3);
  cluster.Settle();
  cluster.Partition({{1}, {2, 3}});
  cluster.Settle();
  for (int i = 0; i < 25; ++i) {
    cluster.Publish(2, fmt::format("missed-{}", i));
    cluster.Settle();
  }

  cluster.Heal();
  cluster.Settle();
  cluster.Publish(1, "after");
  cluster.Settle();

  EXPECT_EQ(cluster.events(1).size(), 26U);
  ExpectSameHistory(cluster, 3);
}

TEST(Machine, WhatWasSentIntoAPartitionIsOrderedOnceAfterIt) {
  FakeCluster cluster(3);
  cluster.Settle();
  // Node 1 multicasts; nobody else is delivered it before the partition.
  const uint64_t token = cluster.Publish(1, "cut off");

  cluster.Partition({{1}, {2, 3}});
  cluster.Pause(2);
  cluster.Pause(3);
  cluster.Settle();
  EXPECT_EQ(cluster.answer(1, token), 0U);
  cluster.Resume(2);
  cluster.Resume(3);
  cluster.Settle();
  cluster.Heal();
  cluster.Settle();

  EXPECT_THAT(cluster.events(2), ElementsAre("cut off"));
  ExpectSameHistory(cluster, 3);
  EXPECT_NE(cluster.answer(1, token), 0U);
}

TEST(Machine, EventsPublishedWhileAJoinerCatchesUpReachItInOrder) {
  FakeCluster cluster(3);
  cluster.Settle();
  cluster.Partition({{1}, {2, 3}});
  cluster.Settle();
  for (int i = 0; i < 30; ++i) {
    cluster.Publish(3, fmt::format("missed-{}", i));
    cluster.Settle();
  }

  cluster.Heal();
  for (int i = 0; i < 60; ++i) {
    cluster.Publish(2, fmt::format("live-{}", i));
    cluster.DeliverSome(1, 1);
  }
  cluster.Settle();

  EXPECT_EQ(cluster.events(1).size(), 90U);
  ExpectSameHistory(cluster, 3);
}

TEST(Machine, ARestartedNodeHasTheWholeHistoryAndItsVoteAgain) {
  FakeCluster cluster(3);
  cluster.Settle();
  cluster.Publish(1, "before");
  cluster.Settle();

  cluster.Crash(3);
  cluster.Settle();
  cluster.Publish(2, "while away");
  cluster.Settle();
  cluster.Restart(3);
  cluster.Settle();
  cluster.Tick(kPatience);

  EXPECT_THAT(cluster.events(3), ElementsAre("before", "while away"));
  ExpectSameHistory(cluster, 3);
  // With its vote the cluster survives the loss of another node.
  cluster.Crash(1);
  cluster.Settle();
  cluster.Publish(3, "two of three");
  cluster.Settle();
  EXPECT_THAT(cluster.events(2), ElementsAre("before", "while away", "two of three"));
}

TEST(Machine, AnEmptyJournalDoesNotVote) {
  FakeCluster cluster(3);
  cluster.Settle();
  cluster.Publish(1, "kept by n1");
  cluster.Settle();
  cluster.Crash(2);
  cluster.Settle();
  cluster.Crash(3);
  cluster.Settle();

  cluster.Restart(2);
  cluster.Restart(3);
  cluster.Partition({{1}, {2, 3}});
  cluster.Settle();
  cluster.Tick(kPatience);

  // Two of three nodes, but neither has what the cluster committed: they must not begin anew...
  // unless nobody tells them that a log exists: the first start needs all three.
  EXPECT_FALSE(cluster.machine(2).CanSubmit());
  EXPECT_THAT(cluster.history(2), IsEmpty());
  EXPECT_THAT(cluster.why(2), HasSubstr("missing n1"));
}

TEST(Machine, ASilentMemberIsLeftOutAndAsksIn) {
  FakeCluster cluster(3);
  cluster.Settle();
  cluster.Pause(3);
  cluster.Partition({{1, 2, 3}});  // A new ring; node 3 does not answer.
  cluster.Settle();
  EXPECT_FALSE(cluster.machine(1).CanSubmit());

  cluster.Tick(kPatience);
  cluster.Publish(1, "without n3");
  cluster.Settle();
  EXPECT_THAT(cluster.events(2), ElementsAre("without n3"));

  cluster.Resume(3);
  cluster.Tick(kPatience);
  EXPECT_TRUE(cluster.machine(3).CanSubmit());
  ExpectSameHistory(cluster, 3);
}

TEST(Machine, APausedMemberDoesNotStopTheOthers) {
  FakeCluster cluster(3);
  cluster.Settle();
  cluster.Pause(3);

  for (int i = 0; i < 10; ++i) {
    cluster.Publish(1, fmt::format("{}", i));
    cluster.Settle();
  }
  EXPECT_EQ(cluster.events(2).size(), 10U);

  cluster.Resume(3);
  cluster.Settle();
  ExpectSameHistory(cluster, 3);
}

TEST(Machine, ALostConnectionToCorosyncIsMendedWithoutLossOrDuplicate) {
  FakeCluster cluster(3);
  cluster.Settle();
  cluster.Publish(2, "one");
  cluster.DeliverSome(2, 2);

  cluster.LoseGroup(2);
  EXPECT_EQ(cluster.why(2), "corosync is gone");
  cluster.Settle();
  cluster.Heal();
  cluster.Settle();

  EXPECT_THAT(cluster.events(1), ElementsAre("one"));
  ExpectSameHistory(cluster, 3);
}

TEST(Machine, ATornStreamStopsTheReceiverUntilAnotherRound) {
  FakeCluster cluster(3);
  cluster.Settle();
  bool torn = false;
  cluster.drop = [&torn](uint32_t receiver, const proto::Envelope& envelope) {
    const bool hit = !torn && receiver == 3 && envelope.has_batch();
    torn = torn || hit;
    return hit;
  };

  cluster.Publish(1, "lost on the way to n3");
  cluster.Publish(2, "second");
  cluster.Settle();
  EXPECT_FALSE(cluster.machine(3).CanSubmit());
  EXPECT_THAT(cluster.events(3), IsEmpty());

  cluster.Tick(kPatience);
  EXPECT_EQ(cluster.events(3).size(), 2U);
  ExpectSameHistory(cluster, 3);
}

TEST(Machine, GarbageAndForeignClustersAreIgnoredWithANotice) {
  FakeCluster cluster(1);
  cluster.Settle();
  proto::Envelope foreign;
  foreign.set_version(1);
  foreign.set_cluster("another");

  std::vector<Output> outputs;
  cluster.machine(1).Step(Received{{NodeId(1), 101}, "\xff\xff garbage"}, &outputs);
  cluster.machine(1).Step(Received{{NodeId(1), 101}, foreign.SerializeAsString()}, &outputs);

  ASSERT_EQ(outputs.size(), 2U);
  EXPECT_THAT(std::get<Notice>(outputs[0]).text, HasSubstr("no message of ours"));
  EXPECT_THAT(std::get<Notice>(outputs[1]).text, HasSubstr("cluster 'another'"));
}

TEST(Machine, ASingleVoterOrdersByItself) {
  FakeCluster cluster(1);
  cluster.Settle();

  const uint64_t token = cluster.Publish(1, "alone");
  cluster.Settle();

  EXPECT_EQ(cluster.answer(1, token), 3U);  // After its view and its own joining.
  EXPECT_THAT(cluster.events(1), ElementsAre("alone"));
}

// The State that the machine sends at a new view, as the group delivers it back.
std::string StateSentAt(Machine* machine, const ViewChanged& view) {
  std::vector<Output> outputs;
  machine->Step(view, &outputs);
  for (const Output& output : outputs) {
    if (const auto* sent = std::get_if<Multicast>(&output)) {
      return sent->bytes;
    }
  }
  return "";
}

TEST(Machine, AStateOfAnEarlierTimeOfTheSameViewMakesItsSenderAskForAnotherRound) {
  const Process self{NodeId(1), 7};
  const RingId ring{NodeId(1), 4};
  Machine machine({Incarnation(1), JournalId{std::string(16, 'j')}, {}});
  std::vector<Output> outputs;
  machine.Step(Connected{self, {"test", {{NodeId(1), "n1", 1}, {NodeId(2), "n2", 1}}}}, &outputs);

  // Node 2 joins, leaves and joins again within one ring; what node 1 said first comes last.
  const ViewChanged together{ring, {self, {NodeId(2), 8}}, 0};
  const std::string late = StateSentAt(&machine, together);
  StateSentAt(&machine, {ring, {self}, 0});
  StateSentAt(&machine, together);
  machine.Step(Received{self, late}, &outputs);

  std::string why;
  EXPECT_FALSE(machine.IsPrimary(&why));
  EXPECT_THAT(why, HasSubstr("asking for another round"));
  outputs.clear();
  machine.Step(Tick{}, &outputs);
  proto::Envelope asked;
  ASSERT_FALSE(outputs.empty());
  ASSERT_TRUE(asked.ParseFromString(std::get<Multicast>(outputs.back()).bytes));
  EXPECT_EQ(asked.round_request().number(), 1U);
}

// Steps a machine that is alone in its group: what it sends comes back, what it writes is synced.
void StepAlone(Machine* machine, const Process& self, const Input& input) {
  std::deque<Output> outputs;
  const auto step = [machine, &outputs](const Input& next) {
    std::vector<Output> more;
    machine->Step(next, &more);
    outputs.insert(outputs.end(), more.begin(), more.end());
  };
  step(input);
  while (!outputs.empty()) {
    const Output output = std::move(outputs.front());
    outputs.pop_front();
    if (const auto* sent = std::get_if<Multicast>(&output)) {
      step(Received{self, sent->bytes});
    } else if (const auto* appended = std::get_if<AppendEntry>(&output)) {
      step(Synced{appended->ticket});
    } else if (const auto* promised = std::get_if<StorePromise>(&output)) {
      step(Synced{promised->ticket});
    }
  }
}

TEST(Machine, WhatAnEarlierProcessOfTheSameIdLeftBehindIsNotItsOwn) {
  const Process self{NodeId(1), 7};
  const RingId ring{NodeId(1), 4};
  const Nodelist nodelist{"test", {{NodeId(1), "n1", 1}}};
  Machine machine({Incarnation(2), JournalId{std::string(16, 'j')}, {}});
  StepAlone(&machine, self, Connected{self, nodelist});
  StepAlone(&machine, self, QuorumChanged{true, ring});
  StepAlone(&machine, self, ViewChanged{ring, {self}, 0});
  ASSERT_TRUE(machine.CanSubmit());

  proto::Envelope late;
  late.set_version(1);
  late.set_cluster("test");
  late.set_incarnation(1);
  late.set_seq(1'000'000);
  StepAlone(&machine, self, Received{self, late.SerializeAsString()});
  for (uint32_t tick = 0; tick < 2 * Machine::kEchoTicks; ++tick) {
    StepAlone(&machine, self, Tick{});
  }

  EXPECT_TRUE(machine.CanSubmit());
}

TEST(Machine, HistoryThatWasReadInAnEarlierEpochIsNotSent) {
  const Process self{NodeId(1), 7};
  const Nodelist nodelist{"test", {{NodeId(1), "n1", 1}}};
  Machine machine({Incarnation(1), JournalId{std::string(16, 'j')}, {}});
  StepAlone(&machine, self, Connected{self, nodelist});
  const auto open_epoch = [&](uint64_t ring) {
    StepAlone(&machine, self, QuorumChanged{true, {NodeId(1), ring}});
    StepAlone(&machine, self, ViewChanged{{NodeId(1), ring}, {self}, 0});
  };
  open_epoch(1);
  const Epoch earlier = machine.epoch();
  open_epoch(2);
  ASSERT_GT(machine.epoch(), earlier);

  std::vector<Output> outputs;
  machine.Step(LogRead{NodeId(2), {}, Index(0), earlier, false, {}}, &outputs);
  EXPECT_THAT(outputs, IsEmpty());
  machine.Step(LogRead{NodeId(2), {}, Index(0), machine.epoch(), false, {}}, &outputs);
  EXPECT_EQ(outputs.size(), 1U);
}

TEST(Machine, AJournalThatLostHistoryFetchesItWithItsNotesAndWithoutJoining) {
  FakeCluster cluster(3);
  cluster.Settle();
  for (int i = 0; i < 6; ++i) {
    cluster.Publish(1, fmt::format("event {}", i));
    cluster.Settle();
  }
  const Entry& second = cluster.journal(1)[1];

  cluster.WantHistory(1, 3, second.position(), 100);
  cluster.Settle();

  ASSERT_EQ(cluster.came(1).size(), 1U);
  EXPECT_EQ(cluster.came(1)[0].donor, NodeId(3));
  Position position = second.position();
  for (const proto::LogEntry& came : cluster.came(1)[0].entries.entries()) {
    const absl::StatusOr<Entry> entry = FromProto(position, came);
    ASSERT_TRUE(entry.ok()) << entry.status();
    EXPECT_EQ(came.note(), fmt::format("note {}", came.index()));
    position = entry->position();
  }
  EXPECT_GT(position.index, second.index);
  EXPECT_TRUE(cluster.machine(1).CanSubmit());
  EXPECT_THAT(cluster.came(2), IsEmpty());
}

TEST(Machine, ADonorThatNoLongerHoldsHistorySaysSo) {
  FakeCluster cluster(3);
  cluster.Settle();
  cluster.Publish(1, "event");
  cluster.Settle();
  cluster.ForgetHistory(3);

  cluster.WantHistory(1, 3, Position{}, 1);
  cluster.Settle();

  ASSERT_EQ(cluster.came(1).size(), 1U);
  EXPECT_EQ(cluster.came(1)[0].entries.entries_size(), 0);
  EXPECT_GT(cluster.came(1)[0].entries.first_available(), 0U);
}

}  // namespace
}  // namespace peal::ordering
