#include "ordering/corosync/view_tracker.h"

#include <gtest/gtest.h>

#include <vector>

namespace peal::ordering::corosync {
namespace {

Process P(uint32_t node, uint32_t pid) {
  return {.node = NodeId(node), .pid = pid};
}
RingId Ring(uint64_t seq) {
  return {.node = NodeId(1), .seq = seq};
}
std::vector<NodeId> Nodes(const std::vector<uint32_t>& ids) {
  return {ids.begin(), ids.end()};
}

const Process kSelf = P(1, 100);

class ViewTrackerTest : public ::testing::Test {
 protected:
  std::optional<View> Process(const std::vector<ordering::Process>& members,
                              const std::vector<ordering::Process>& joined = {}) {
    return tracker_.OnMembers(members, joined, MembershipCause::kProcess);
  }
  std::optional<View> NodeChange(const std::vector<ordering::Process>& members,
                                 const std::vector<ordering::Process>& joined = {}) {
    return tracker_.OnMembers(members, joined, MembershipCause::kRing);
  }
  std::optional<View> NewRing(uint64_t seq, const std::vector<uint32_t>& nodes) {
    return tracker_.OnRing(Ring(seq), Nodes(nodes));
  }
  // In a group with process 200 of node 2, on ring 4.
  void JoinTwo() {
    Process({kSelf, P(2, 200)}, {kSelf});
    ASSERT_TRUE(NewRing(4, {1, 2, 3}).has_value());
  }

  ViewTracker tracker_{kSelf};
};

TEST_F(ViewTrackerTest, StartsWhenJoinedAndTheRingIsKnown) {
  EXPECT_FALSE(Process({kSelf, P(2, 200)}, {kSelf}).has_value());

  EXPECT_EQ(NewRing(4, {1, 2}), (View{.ring = Ring(4), .members = {kSelf, P(2, 200)}}));
}

TEST_F(ViewTrackerTest, ARingBeforeTheJoinIsKeptAndNoViewYet) {
  EXPECT_FALSE(NewRing(4, {1, 2}).has_value());
  EXPECT_FALSE(Process({P(2, 200)}).has_value());

  EXPECT_EQ(Process({kSelf, P(2, 200)}, {kSelf}),
            (View{.ring = Ring(4), .members = {kSelf, P(2, 200)}}));
}

TEST_F(ViewTrackerTest, TheRingRepeatedAfterTheJoinIsNoOtherView) {
  NewRing(4, {1, 2});
  EXPECT_TRUE(Process({kSelf}, {kSelf}).has_value());

  EXPECT_FALSE(NewRing(4, {1, 2}).has_value());
}

TEST_F(ViewTrackerTest, AProcessThatJoinsOrLeavesWithinTheRingIsAView) {
  JoinTwo();

  EXPECT_EQ(Process({kSelf, P(2, 200), P(3, 300)}, {P(3, 300)})->members,
            (std::vector{kSelf, P(2, 200), P(3, 300)}));
  EXPECT_EQ(Process({kSelf, P(3, 300)}), (View{.ring = Ring(4), .members = {kSelf, P(3, 300)}}));
}

TEST_F(ViewTrackerTest, AChangeOfRingIsOneViewAtItsEnd) {
  JoinTwo();

  EXPECT_FALSE(NodeChange({kSelf}).has_value());
  EXPECT_FALSE(NodeChange({kSelf, P(3, 300)}, {P(3, 300)}).has_value());
  // A process of a node that stayed, and ended meanwhile, is told without NODEDOWN.
  EXPECT_FALSE(Process({kSelf, P(3, 300)}).has_value());

  EXPECT_EQ(NewRing(8, {1, 3}), (View{.ring = Ring(8), .members = {kSelf, P(3, 300)}}));
}

TEST_F(ViewTrackerTest, ANewRingWithTheSameMembersIsAView) {
  JoinTwo();

  EXPECT_EQ(NewRing(20, {1, 2, 3}), (View{.ring = Ring(20), .members = {kSelf, P(2, 200)}}));
}

TEST_F(ViewTrackerTest, LeavesOutMembersWhoseNodeIsNotInTheRing) {
  JoinTwo();

  NodeChange({kSelf, P(2, 200), P(3, 301)}, {P(3, 301)});

  EXPECT_EQ(NewRing(8, {1, 2})->members, (std::vector{kSelf, P(2, 200)}));
  EXPECT_FALSE(tracker_.InView(P(3, 301)));
}

TEST_F(ViewTrackerTest, OfTwoProcessesOfANodeTheLastThatJoinedCounts) {
  JoinTwo();

  EXPECT_EQ(Process({kSelf, P(2, 150), P(2, 200)}, {P(2, 150)})->members,
            (std::vector{kSelf, P(2, 150)}));
  EXPECT_FALSE(tracker_.InView(P(2, 200)));
  // And when it goes, the one before counts again.
  EXPECT_EQ(Process({kSelf, P(2, 200)})->members, (std::vector{kSelf, P(2, 200)}));
}

TEST_F(ViewTrackerTest, OfTwoThatWereThereBeforeTheHigherPidCounts) {
  NewRing(4, {1, 2});

  EXPECT_EQ(Process({kSelf, P(2, 200), P(2, 201)}, {kSelf})->members,
            (std::vector{kSelf, P(2, 201)}));
}

TEST_F(ViewTrackerTest, OnItsOwnNodeThisProcessCounts) {
  JoinTwo();

  EXPECT_FALSE(Process({kSelf, P(1, 999), P(2, 200)}, {P(1, 999)}).has_value());
  EXPECT_TRUE(tracker_.InView(kSelf));
}

TEST_F(ViewTrackerTest, IsNotJoinedAfterItsOwnLeave) {
  JoinTwo();
  EXPECT_TRUE(tracker_.joined());

  EXPECT_FALSE(Process({P(2, 200)}).has_value());

  EXPECT_FALSE(tracker_.joined());
}

TEST_F(ViewTrackerTest, NobodyIsInAViewBeforeTheFirst) {
  Process({kSelf}, {kSelf});

  EXPECT_FALSE(tracker_.InView(kSelf));
}

}  // namespace
}  // namespace peal::ordering::corosync
