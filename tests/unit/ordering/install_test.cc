// The install decision, case by case.
#include "ordering/install.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace peal::ordering {
namespace {

using ::testing::HasSubstr;

Chain ChainOf(const std::string& log) {
  return base::Sha256({log});
}

Voters ThreeVoters() {
  Voters voters;
  voters.current.version = 1;
  for (uint32_t node = 1; node <= 3; ++node) {
    voters.current.voters.push_back({NodeId(node), JournalId{fmt::format("j{}", node)}, 1});
  }
  voters.changed_at = Index(1);
  return voters;
}

// A small language: a log is a string, an entry a letter; what is confirmed stands before the bar:
// "abc|de" has three confirmed entries and an ambiguous tail of two.
MemberState Member(uint32_t node, const std::string& log, uint64_t log_epoch = 5) {
  MemberState state;
  state.node = NodeId(node);
  state.name = fmt::format("n{}", node);
  state.journal = JournalId{fmt::format("j{}", node)};
  state.promised = Epoch(log_epoch);
  state.log_epoch = Epoch(log_epoch);
  for (uint32_t id = 1; id <= 3; ++id) {
    state.nodelist.push_back({NodeId(id), fmt::format("n{}", id), 1});
  }
  const size_t bar = log.find('|');
  std::string prefix = log.substr(0, bar);
  if (!prefix.empty()) {
    state.confirmed.position = {Index(prefix.size()), ChainOf(prefix)};
    state.confirmed.voters = ThreeVoters();
  }
  for (const char letter : bar == std::string::npos ? "" : log.substr(bar + 1)) {
    prefix += letter;
    state.tail.push_back({{Index(prefix.size()), ChainOf(prefix)}, Epoch(log_epoch), {}, {}});
  }
  return state;
}

Install Decide(const std::vector<MemberState>& members) {
  MemberStates states;
  for (const MemberState& member : members) {
    states.emplace(member.node, member);
  }
  return DecideInstall(states);
}

TEST(Install, TakesTheLongestConfirmedLogOfTheNewestEpoch) {
  const Install install = Decide({Member(1, "abcd", 4), Member(2, "ab"), Member(3, "abc")});

  ASSERT_TRUE(install.primary) << install.reason;
  EXPECT_EQ(install.base.position.chain, ChainOf("abc"));
  EXPECT_EQ(install.donor, NodeId(3));
  EXPECT_EQ(install.epoch, Epoch(6));
}

TEST(Install, AddsAnAmbiguousTailThatNobodyContradicts) {
  const Install install = Decide({Member(1, "ab|cd"), Member(2, "ab")});

  ASSERT_TRUE(install.primary);
  EXPECT_EQ(install.base.position.chain, ChainOf("abcd"));
  EXPECT_EQ(install.donor, NodeId(1));
}

TEST(Install, ATailCountsAlsoBeyondAnothersConfirmedLog) {
  const Install install = Decide({Member(1, "a|bcd"), Member(2, "abc")});

  EXPECT_EQ(install.base.position.chain, ChainOf("abcd"));
}

TEST(Install, OfTwoVersionsTakesTheOneThatMayBeCommitted) {
  // All three are here, so only what two of them hold can have been committed.
  const Install install = Decide({Member(1, "ab|x"), Member(2, "ab|y"), Member(3, "ab|y")});

  ASSERT_TRUE(install.primary);
  EXPECT_EQ(install.base.position.chain, ChainOf("aby"));
}

TEST(Install, WithoutTheAmbiguityRuleWhatMayBeCommittedIsLost) {
  // Which version comes first by its chain is chance: one of these two goes wrong.
  const auto keeps = [](const std::string& committed, const std::string& other) {
    MemberStates states;
    for (const MemberState& member :
         {Member(1, "ab|" + other), Member(2, "ab|" + committed), Member(3, "ab|" + committed)}) {
      states.emplace(member.node, member);
    }
    Rules without;
    without.ambiguity = false;
    return DecideInstall(states, without).base.position.chain == ChainOf("ab" + committed);
  };

  EXPECT_NE(keeps("x", "y"), keeps("y", "x"));
}

TEST(Install, EndsTheLogWhereNoVersionCanBeCommitted) {
  const Install install = Decide({Member(1, "ab|x"), Member(2, "ab|y"), Member(3, "ab")});

  ASSERT_TRUE(install.primary);
  EXPECT_EQ(install.base.position.chain, ChainOf("ab"));
}

TEST(Install, WaitsWhenTwoVersionsMayBothBeCommitted) {
  // The absent third may hold either.
  const Install install = Decide({Member(1, "ab|x"), Member(2, "ab|y")});

  EXPECT_FALSE(install.primary);
  EXPECT_THAT(install.reason, HasSubstr("two versions"));
  EXPECT_THAT(install.reason, HasSubstr("n3"));
}

TEST(Install, AMinorityIsNotPrimaryAndNamesWhoIsMissing) {
  const Install install = Decide({Member(2, "abc")});

  EXPECT_FALSE(install.primary);
  EXPECT_EQ(install.votes_present, 1U);
  EXPECT_EQ(install.votes_total, 3U);
  EXPECT_THAT(install.reason, HasSubstr("missing n1, n3"));
}

TEST(Install, ANewJournalHasNoVote) {
  MemberState replaced = Member(3, "");
  replaced.journal = JournalId{"new"};

  const Install install = Decide({Member(2, "abc"), replaced});

  EXPECT_FALSE(install.primary);
  EXPECT_THAT(install.reason, HasSubstr("n3 (here, but its journal is new)"));
}

TEST(Install, ANewJournalThatHasTheLogIsAdmitted) {
  MemberState replaced = Member(3, "abc");
  replaced.journal = JournalId{"new"};

  const Install install = Decide({Member(1, "abc"), Member(2, "abc"), replaced});

  ASSERT_TRUE(install.primary);
  EXPECT_TRUE(install.voters.current.Has(NodeId(3), JournalId{"new"}));
  ASSERT_TRUE(install.voters.previous.has_value());
  EXPECT_FALSE(install.voters.previous->Has(NodeId(3), JournalId{"new"}));
  EXPECT_EQ(install.voters.changed_at, Index(4));
  EXPECT_EQ(install.votes_present, 3U);
}

TEST(Install, UntilAChangeOfVotersIsCommittedBothMustAgree) {
  MemberState first = Member(1, "abc");
  first.confirmed.voters.previous = first.confirmed.voters.current;
  first.confirmed.voters.current.voters[2].journal = JournalId{"new"};
  first.confirmed.voters.changed_at = Index(3);
  MemberState third = Member(3, "abc");
  third.journal = JournalId{"new"};
  third.confirmed.voters = first.confirmed.voters;

  // n1 and n3's new journal are a majority of the voters now, not of those before.
  EXPECT_FALSE(Decide({first, third}).primary);
  first.committed = Index(3);
  EXPECT_TRUE(Decide({first, third}).primary);
}

TEST(Install, WhoIsLosingItsVoteStillHasALogThatCounts) {
  // The entry that takes n1's vote is n1's alone so far: the others must not go on without it.
  MemberState first = Member(1, "ab|c", 6);
  Voters voters = ThreeVoters();
  voters.previous = voters.current;
  voters.current.voters.erase(voters.current.voters.begin());
  voters.changed_at = Index(3);
  first.tail[0].voters = voters;

  const Install install = Decide({first, Member(2, "ab"), Member(3, "ab")});

  ASSERT_TRUE(install.primary) << install.reason;
  EXPECT_EQ(install.base.position.chain, ChainOf("abc"));
  EXPECT_FALSE(install.voters.current.Has(NodeId(1), JournalId{"j1"}));
}

MemberState LearnerWithTheFirstEntry(uint32_t node) {
  MemberState learner = Member(node, "|a", 1);
  Voters voters = ThreeVoters();
  voters.current.voters.pop_back();
  learner.tail[0].voters = voters;
  return learner;
}

TEST(Install, TheFirstLogBeginsAgainWhenItsVotersHaveLostIt) {
  const Install install = Decide({Member(1, "", 0), Member(2, "", 0), LearnerWithTheFirstEntry(3)});

  ASSERT_TRUE(install.primary) << install.reason;
  EXPECT_EQ(install.base.position.index, Index(0));
  EXPECT_EQ(install.epoch, Epoch(2));
}

TEST(Install, ALearnersLogIsWaitedForWhileItMayBeCommitted) {
  const Install install = Decide({LearnerWithTheFirstEntry(3)});

  EXPECT_FALSE(install.primary);
  EXPECT_THAT(install.reason, HasSubstr("no member's journal is a voter's"));
}

TEST(Install, NoEpochNumberIsUsedTwice) {
  MemberState promised = Member(2, "abc");
  promised.promised = Epoch(9);

  EXPECT_EQ(Decide({Member(1, "abc"), promised}).epoch, Epoch(10));
}

TEST(Install, FirstStartNeedsNodelistsThatAgree) {
  MemberState other = Member(3, "", 0);
  other.nodelist.pop_back();

  const Install install = Decide({Member(1, "", 0), Member(2, "", 0), other});

  EXPECT_FALSE(install.primary);
  EXPECT_THAT(install.reason, HasSubstr("nodelists"));
}

TEST(Install, EveryMemberEncodesTheSameEpochEntry) {
  const std::vector<MemberState> members = {Member(1, "abc"), Member(2, "ab")};
  const std::vector<MemberState> swapped = {members[1], members[0]};

  EXPECT_EQ(EncodeEpochRecord(Decide(members)), EncodeEpochRecord(Decide(swapped)));
}

// The same three by the corosync rule, with a log that all but the nodes in `behind` had.
MemberState UnderCorosync(MemberState state, const std::set<uint32_t>& behind = {}) {
  Voters& voters = state.confirmed.voters;
  voters.current.rule = QuorumRule::kCorosync;
  for (uint32_t node = 1; node <= 3; ++node) {
    if (!behind.contains(node)) {
      voters.counted.insert(NodeId(node));
    }
  }
  state.rule = QuorumRule::kCorosync;
  return state;
}

MemberState WithStanding(MemberState state) {
  state.standing = true;
  return state;
}

TEST(InstallByCorosync, OneWhoHasStoodGoesOnAlone) {
  const Install install = Decide({WithStanding(UnderCorosync(Member(2, "abc")))});

  ASSERT_TRUE(install.primary) << install.reason;
  EXPECT_EQ(install.voters.counted, std::set<NodeId>{NodeId(2)});
}

TEST(InstallByCorosync, WhoHasNotStoodWaitsForAllVotersOrForTheOperator) {
  MemberState alone = UnderCorosync(Member(2, "abc"));

  const Install install = Decide({alone, UnderCorosync(Member(1, "abc"))});

  EXPECT_FALSE(install.primary);
  EXPECT_THAT(install.reason, HasSubstr("missing n3"));
  EXPECT_TRUE(
      Decide({alone, UnderCorosync(Member(1, "abc")), UnderCorosync(Member(3, "a"))}).primary);
  alone.wish = VoterWish{VoterWish::Kind::kBootstrap, NodeId(0)};
  EXPECT_TRUE(Decide({alone}).primary);
}

TEST(InstallByCorosync, WhoHasToCatchUpIsNotCounted) {
  const Install install =
      Decide({WithStanding(UnderCorosync(Member(1, "abc"))), UnderCorosync(Member(2, "a"))});

  ASSERT_TRUE(install.primary);
  EXPECT_EQ(install.voters.counted, std::set<NodeId>{NodeId(1)});
}

TEST(InstallByCorosync, OfTwoVersionsTakesTheOneThatAllWhoCountedHold) {
  // n2 had to catch up when this epoch opened: it was not waited for.
  const auto decide = [](const std::string& first, const std::string& third) {
    return Decide({WithStanding(UnderCorosync(Member(1, first), {2})),
                   UnderCorosync(Member(2, "ab|y"), {2}), UnderCorosync(Member(3, third), {2})})
        .base.position.chain;
  };

  EXPECT_EQ(decide("ab|x", "ab|x"), ChainOf("abx"));
  // n3 does not hold it, so it was not committed; nor was what n2 alone holds.
  EXPECT_EQ(decide("ab|x", "ab"), ChainOf("ab"));
}

TEST(InstallByCorosync, AnotherLogsCommitsAreNotThisOnes) {
  MemberState longer = UnderCorosync(Member(2, "abcdef", 4));
  longer.committed = Index(6);

  const Install install = Decide({WithStanding(UnderCorosync(Member(1, "abx"))), longer});

  ASSERT_TRUE(install.primary) << install.reason;
  EXPECT_EQ(install.base.position.chain, ChainOf("abx"));
}

// A log of its own, begun by one of the nodes alone.
MemberState BegunAlone(uint32_t node, uint64_t log_epoch) {
  MemberState state = Member(node, "xyz", log_epoch);
  Voters& voters = state.confirmed.voters;
  voters.current.voters = {{NodeId(node), state.journal, 1}};
  voters.log_id = "another";
  return state;
}

TEST(InstallLogs, TheLogWhoseVotersAreHereGoesOnBeforeANewerOne) {
  const Install install = Decide({Member(1, "abc"), Member(2, "abc"), BegunAlone(3, 9)});

  ASSERT_TRUE(install.primary) << install.reason;
  EXPECT_EQ(install.base.position.chain, ChainOf("abc"));
  EXPECT_EQ(install.others, std::set<NodeId>{NodeId(3)});
  EXPECT_EQ(install.epoch, Epoch(10));
  EXPECT_TRUE(install.voters.current.Has(NodeId(3), JournalId{"j3"})) << "it had a vote before";
}

TEST(InstallLogs, ALogWithoutItsVotersDoesNotStopAnother) {
  const Install install = Decide({Member(1, "abc", 9), BegunAlone(3, 4)});

  ASSERT_TRUE(install.primary) << install.reason;
  EXPECT_EQ(install.base.position.chain, ChainOf("xyz"));
  EXPECT_EQ(install.others, std::set<NodeId>{NodeId(1)});
}

TEST(InstallLogs, AFirstLogThatCannotBeCommittedStopsNobody) {
  MemberState stale = Member(3, "|a", 9);
  stale.tail[0].voters = ThreeVoters();
  stale.tail[0].voters->log_id = "another";

  const Install install = Decide({Member(1, "abc"), Member(2, "abc"), stale});

  ASSERT_TRUE(install.primary) << install.reason;
  EXPECT_EQ(install.others, std::set<NodeId>{});
}

}  // namespace
}  // namespace peal::ordering
