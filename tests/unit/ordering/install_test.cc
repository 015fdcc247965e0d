// The install decision, case by case.
#include "ordering/install.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace peal::ordering
