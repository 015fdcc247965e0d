#include "ordering/standing.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace peal::ordering {
namespace {

const std::set<NodeId> kAll = {NodeId(1), NodeId(2), NodeId(3)};

Voters VotersOfAll() {
  Voters voters;
  for (const NodeId node : kAll) {
    voters.current.voters.push_back({node, JournalId{fmt::format("j{}", node.value())}, 1});
  }
  return voters;
}

class StandingTest : public ::testing::Test {
 protected:
  void Hear(const std::set<NodeId>& nodes) {
    for (const NodeId node : nodes) {
      standing_.Heard(node);
    }
  }
  bool HoldsAfter(const std::set<NodeId>& members, bool quorum_told) {
    standing_.EndRing(VotersOfAll(), members, quorum_told);
    return standing_.holds();
  }

  Standing standing_;
};

TEST_F(StandingTest, IsNotThereUntilItIsGained) {
  Hear(kAll);

  EXPECT_FALSE(HoldsAfter(kAll, true));
}

TEST_F(StandingTest, OutlivesARingInWhichAllWereHeard) {
  standing_.Gain();
  Hear(kAll);

  EXPECT_TRUE(HoldsAfter(kAll, false)) << "who else could have had the quorum?";
}

TEST_F(StandingTest, IsLostWithARingInWhichAVoterWasNotHeard) {
  standing_.Gain();
  Hear({NodeId(1), NodeId(2)});

  EXPECT_FALSE(HoldsAfter(kAll, true));
}

TEST_F(StandingTest, IsLostWithARingOfSomeOfWhichCorosyncToldNothing) {
  standing_.Gain();
  Hear({NodeId(1), NodeId(2)});

  EXPECT_FALSE(HoldsAfter({NodeId(1), NodeId(2)}, false));
}

TEST_F(StandingTest, OutlivesARingOfSomeThatHadTheQuorum) {
  standing_.Gain();
  Hear({NodeId(1)});

  EXPECT_TRUE(HoldsAfter({NodeId(1)}, true));
}

TEST_F(StandingTest, WhoWasHeardInOneRingWasNotInTheNext) {
  standing_.Gain();
  Hear(kAll);
  ASSERT_TRUE(HoldsAfter(kAll, true));

  EXPECT_FALSE(HoldsAfter(kAll, true));
}

}  // namespace
}  // namespace peal::ordering
