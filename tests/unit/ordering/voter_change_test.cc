// Voters that come and go: by the nodelist, by an operator's word, one at a time.
#include "ordering/voter_change.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>

#include "tests/support/fake_cluster.h"

namespace peal::ordering {
namespace {

using ::peal::testing::FakeCluster;
using ::peal::testing::kPatience;
using ::testing::HasSubstr;
using Kind = VoterWish::Kind;

std::vector<ConfiguredNode> Nodes(std::initializer_list<uint32_t> ids) {
  std::vector<ConfiguredNode> nodes;
  for (const uint32_t id : ids) {
    nodes.push_back({NodeId(id), fmt::format("n{}", id), 1});
  }
  return nodes;
}

std::set<uint32_t> VotersOf(FakeCluster& cluster, uint32_t node) {
  std::set<uint32_t> voters;
  for (const Voter& voter : cluster.machine(node).voters().current.voters) {
    voters.insert(voter.node.value());
  }
  return voters;
}

// How many voters came or went, or changed, from one set to the next.
size_t Differences(const VoterConfig& before, const VoterConfig& after) {
  size_t count = 0;
  for (const Voter& voter : before.voters) {
    const Voter* same = after.Find(voter.node);
    count += same == nullptr || *same != voter ? 1 : 0;
  }
  for (const Voter& voter : after.voters) {
    count += before.Find(voter.node) == nullptr ? 1 : 0;
  }
  return count;
}

void ExpectOneChangeAtATime(const FakeCluster& cluster, uint32_t node) {
  std::optional<VoterConfig> before;
  for (const Entry& entry : cluster.journal(node)) {
    if (entry.kind != EntryKind::kEpoch) {
      continue;
    }
    const Voters voters = FromProto(entry.opened->voters());
    if (before) {
      EXPECT_LE(Differences(*before, voters.current), 1U) << "in entry " << entry.index.value();
    }
    before = voters.current;
  }
}

// Each would end this epoch.
void ExpectNoMoreRounds(FakeCluster* cluster) {
  const Epoch epoch = cluster->machine(1).epoch();
  cluster->Tick(4 * kPatience);
  EXPECT_EQ(cluster->machine(1).epoch(), epoch) << "rounds go on for nothing";
}

TEST(VoterChange, ANodeThatIsAddedVotesWhenItHasTheLog) {
  FakeCluster cluster(3, 4);
  cluster.Tick(kPatience);
  cluster.Publish(1, "before");
  cluster.Tick(1);

  cluster.SetNodelist(Nodes({1, 2, 3, 4}));
  cluster.Tick(kPatience);
  EXPECT_EQ(VotersOf(cluster, 1), (std::set<uint32_t>{1, 2, 3}));

  cluster.Restart(4);
  cluster.Tick(kPatience);
  for (uint32_t node = 1; node <= 4; ++node) {
    EXPECT_EQ(VotersOf(cluster, node), (std::set<uint32_t>{1, 2, 3, 4}));
    EXPECT_EQ(cluster.events(node), std::vector<std::string>{"before"});
  }
  cluster.Partition({{1, 2}, {3, 4}});
  cluster.Tick(kPatience);
  EXPECT_THAT(cluster.why(1), HasSubstr("2 of 4 votes"));
  EXPECT_THAT(cluster.why(3), HasSubstr("2 of 4 votes"));
}

TEST(VoterChange, NodesThatAreRemovedLoseTheirVotesOneByOne) {
  FakeCluster cluster(5);
  cluster.Tick(kPatience);
  cluster.Crash(4);
  cluster.Crash(5);
  cluster.Tick(kPatience);

  cluster.SetNodelist(Nodes({1, 2, 3}));
  cluster.Tick(2 * kPatience);

  EXPECT_EQ(VotersOf(cluster, 1), (std::set<uint32_t>{1, 2, 3}));
  ExpectOneChangeAtATime(cluster, 1);
  cluster.Partition({{1, 2}, {3}});
  cluster.Tick(kPatience);
  EXPECT_EQ(cluster.why(1), "");
}

TEST(VoterChange, AShorterNodelistMakesNoMinorityPrimary) {
  FakeCluster cluster(5);
  cluster.Tick(kPatience);
  cluster.Partition({{1, 2}, {3, 4, 5}});
  cluster.SetNodelist(1, Nodes({1, 2}));
  cluster.SetNodelist(2, Nodes({1, 2}));
  cluster.Tick(2 * kPatience);

  EXPECT_THAT(cluster.why(1), HasSubstr("2 of 5 votes"));
  EXPECT_EQ(cluster.why(3), "");
}

TEST(VoterChange, MembersThatReadDifferentNodelistsChangeNothing) {
  FakeCluster cluster(3);
  cluster.Tick(kPatience);
  cluster.SetNodelist(1, Nodes({1, 2}));
  cluster.Tick(2 * kPatience);

  EXPECT_EQ(VotersOf(cluster, 1), (std::set<uint32_t>{1, 2, 3}));
  EXPECT_EQ(cluster.why(1), "");
  ExpectNoMoreRounds(&cluster);
}

TEST(VoterChange, VotesFollowTheNodelist) {
  FakeCluster cluster(3);
  cluster.Tick(kPatience);
  std::vector<ConfiguredNode> nodes = Nodes({1, 2, 3});
  nodes[0].votes = 3;
  cluster.SetNodelist(nodes);
  cluster.Tick(kPatience);

  EXPECT_EQ(cluster.machine(2).voters().current.TotalVotes(), 5U);
  ExpectOneChangeAtATime(cluster, 2);
}

TEST(VoterChange, AForgottenNodeVotesAgainOnlyWhenItIsAdmitted) {
  FakeCluster cluster(3);
  cluster.Tick(kPatience);
  cluster.Crash(3);
  cluster.Tick(kPatience);
  cluster.SetWish(1, VoterWish{Kind::kForget, NodeId(3)});
  cluster.Tick(kPatience);
  EXPECT_TRUE(cluster.machine(1).IsMet({Kind::kForget, NodeId(3)}));
  EXPECT_EQ(VotersOf(cluster, 2), (std::set<uint32_t>{1, 2}));
  cluster.SetWish(1, std::nullopt);

  cluster.Restart(3);
  cluster.Tick(kPatience);
  EXPECT_EQ(VotersOf(cluster, 3), (std::set<uint32_t>{1, 2})) << "it learns";
  EXPECT_EQ(cluster.why(3), "");

  cluster.SetWish(2, VoterWish{Kind::kAdmit, NodeId(3)});
  cluster.Tick(2 * kPatience);
  EXPECT_TRUE(cluster.machine(2).IsMet({Kind::kAdmit, NodeId(3)}));
  EXPECT_EQ(VotersOf(cluster, 1), (std::set<uint32_t>{1, 2, 3}));
  ExpectOneChangeAtATime(cluster, 1);
}

TEST(VoterChange, NobodyIsForgottenIfThatCostsTheMajority) {
  FakeCluster cluster(3);
  cluster.Tick(kPatience);
  cluster.Crash(3);
  cluster.Tick(kPatience);
  cluster.SetWish(1, VoterWish{Kind::kForget, NodeId(2)});
  cluster.Tick(kPatience);

  EXPECT_FALSE(cluster.machine(1).IsMet({Kind::kForget, NodeId(2)}));
  EXPECT_EQ(cluster.why(1), "");
  ExpectNoMoreRounds(&cluster);
}

TEST(VoterChange, TheFirstLogCanBeginWithoutAll) {
  FakeCluster cluster(3);
  cluster.Partition({{1, 2}});
  cluster.Tick(kPatience);
  EXPECT_THAT(cluster.why(1), HasSubstr("missing n3"));

  cluster.SetWish(2, VoterWish{Kind::kBootstrap, {}});
  cluster.Tick(kPatience);
  EXPECT_EQ(cluster.why(1), "");
  EXPECT_TRUE(cluster.machine(2).IsMet({Kind::kBootstrap, {}}));
  EXPECT_EQ(VotersOf(cluster, 1), (std::set<uint32_t>{1, 2}));

  cluster.Heal();
  cluster.Tick(kPatience);
  EXPECT_EQ(VotersOf(cluster, 3), (std::set<uint32_t>{1, 2, 3}));
}

TEST(VoterChange, ANodeLosesItsVoteWhileItIsHere) {
  FakeCluster cluster(4);
  cluster.Tick(kPatience);
  cluster.SetNodelist(Nodes({1, 2, 3}));
  cluster.Tick(kPatience);

  EXPECT_EQ(VotersOf(cluster, 4), (std::set<uint32_t>{1, 2, 3}));
  cluster.Publish(4, "from a learner");
  cluster.Tick(1);
  EXPECT_EQ(cluster.events(1), std::vector<std::string>{"from a learner"});
}

TEST(NextVoters, TheRuleChangesOnlyWhenAllMembersAreConfiguredWithIt) {
  VoterConfig now;
  now.voters = {{NodeId(1), JournalId{"j1"}, 1}, {NodeId(2), JournalId{"j2"}, 1}};
  MemberStates states;
  for (uint32_t node = 1; node <= 2; ++node) {
    MemberState& state = states[NodeId(node)];
    state.node = NodeId(node);
    state.journal = JournalId{fmt::format("j{}", node)};
    state.nodelist = Nodes({1, 2});
  }
  states[NodeId(1)].rule = QuorumRule::kCorosync;
  EXPECT_FALSE(NextVoters(now, states, Epoch(1)).has_value());

  states[NodeId(2)].rule = QuorumRule::kCorosync;
  const std::optional<VoterConfig> next = NextVoters(now, states, Epoch(1));

  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->rule, QuorumRule::kCorosync);
  EXPECT_EQ(next->voters, now.voters);
}

}  // namespace
}  // namespace peal::ordering
