// The machine's parts: origins, outbox, durability, acknowledgements, streams, catching up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ordering/acks.h"
#include "ordering/catch_up.h"
#include "ordering/durability.h"
#include "ordering/origins.h"
#include "ordering/outbox.h"
#include "ordering/streams.h"

namespace peal::ordering {
namespace {

using ::testing::ElementsAre;

BatchId Batch(uint32_t node, uint64_t incarnation, uint64_t number) {
  return {NodeId(node), Incarnation(incarnation), BatchNumber(number)};
}

TEST(Origins, TakesBatchesInOrderOfTheirNumbers) {
  Origins origins;
  EXPECT_EQ(origins.Judge(Batch(1, 1, 2)), Origins::Verdict::kGap);
  EXPECT_EQ(origins.Judge(Batch(1, 1, 1)), Origins::Verdict::kNext);
  origins.Take(Batch(1, 1, 1));
  EXPECT_EQ(origins.Judge(Batch(1, 1, 1)), Origins::Verdict::kDuplicate);
  EXPECT_EQ(origins.Judge(Batch(1, 1, 2)), Origins::Verdict::kNext);
}

TEST(Origins, ANewIncarnationBeginsAtOneAndEndsTheOldOne) {
  Origins origins;
  origins.Take(Batch(1, 4, 1));
  EXPECT_EQ(origins.Judge(Batch(1, 5, 1)), Origins::Verdict::kNext);
  EXPECT_EQ(origins.Judge(Batch(1, 5, 2)), Origins::Verdict::kGap);
  EXPECT_EQ(origins.Judge(Batch(1, 3, 2)), Origins::Verdict::kGap);
  EXPECT_EQ(origins.Last(NodeId(1), Incarnation(5)), BatchNumber(0));
}

uint64_t NumberOf(const std::string* payload) {
  const std::optional<ordering::Batch> batch =
      payload == nullptr ? std::nullopt : ReadBatch(*payload);
  EXPECT_TRUE(batch.has_value());
  return batch ? batch->id.number.value() : 0;
}

TEST(Origins, ANodeThatHasForgottenItsIncarnationsIsHeard) {
  Origins origins;
  origins.Take(Batch(1, 4, 7));
  EXPECT_EQ(origins.Judge(Batch(1, 3, 1)), Origins::Verdict::kNext);
  origins.Take(Batch(1, 3, 1));
  EXPECT_EQ(origins.Judge(Batch(1, 3, 2)), Origins::Verdict::kNext);
  EXPECT_EQ(origins.Last(NodeId(1), Incarnation(4)), BatchNumber(0));
}

TEST(Outbox, PutsWhatWaitsIntoOneBatch) {
  Outbox outbox(NodeId(1), Incarnation(1));
  outbox.Add({1, "a", ""});
  outbox.Add({2, "b", ""});

  EXPECT_EQ(NumberOf(outbox.Next()), 1U);
  EXPECT_EQ(outbox.Next(), nullptr);
  EXPECT_TRUE(outbox.in_flight());
  outbox.Returned(BatchNumber(1));
  EXPECT_FALSE(outbox.in_flight());
  EXPECT_THAT(outbox.Applied(BatchNumber(1)), ElementsAre(1, 2));
  EXPECT_TRUE(outbox.empty());
}

TEST(Outbox, ClosesABatchAtItsSizeAndSendsAFewAtOnce) {
  Outbox outbox(NodeId(1), Incarnation(1));
  for (uint64_t token = 1; token <= 20; ++token) {
    outbox.Add({token, std::string(Outbox::kBatchBytesMax / 2, 'x'), ""});
  }

  for (uint64_t number = 1; number <= Outbox::kInFlightMax; ++number) {
    EXPECT_EQ(NumberOf(outbox.Next()), number);
  }
  EXPECT_EQ(outbox.Next(), nullptr);
  outbox.Returned(BatchNumber(1));
  EXPECT_EQ(NumberOf(outbox.Next()), Outbox::kInFlightMax + 1);
}

TEST(Outbox, AnEventLargerThanABatchIsABatchOfItsOwn) {
  Outbox outbox(NodeId(1), Incarnation(1));
  outbox.Add({1, std::string(Outbox::kBatchBytesMax * 3, 'x'), ""});
  outbox.Add({2, "small", ""});

  EXPECT_EQ(NumberOf(outbox.Next()), 1U);
  outbox.Returned(BatchNumber(1));
  EXPECT_THAT(outbox.Applied(BatchNumber(1)), ElementsAre(1));
}

TEST(Outbox, SendsTheSameBytesUnderTheSameNumberAgain) {
  Outbox outbox(NodeId(1), Incarnation(1));
  outbox.Add({1, "a", ""});
  const std::string first = *outbox.Next();
  outbox.Add({2, "b", ""});

  outbox.SendAgainAfter(BatchNumber(0));

  EXPECT_EQ(*outbox.Next(), first);
  EXPECT_EQ(NumberOf(outbox.Next()), 2U);
}

TEST(Outbox, IsFullAtItsWindow) {
  Outbox outbox(NodeId(1), Incarnation(1));
  EXPECT_FALSE(outbox.full());
  for (size_t token = 1; token <= Outbox::kWindowEvents; ++token) {
    outbox.Add({token, "", ""});
  }
  EXPECT_TRUE(outbox.full());
}

TEST(Durability, IsWhatTheLastSyncCovers) {
  Durability durability;
  const uint64_t first = durability.Append(Index(1));
  const uint64_t second = durability.Append(Index(2));
  EXPECT_EQ(durability.index(), Index(0));
  durability.Synced(first);
  EXPECT_EQ(durability.index(), Index(1));
  durability.Synced(second);
  EXPECT_EQ(durability.index(), Index(2));
}

TEST(Durability, ASyncOfWhatWasTruncatedSinceCountsForNothing) {
  Durability durability;
  durability.Synced(durability.Append(Index(1)));
  const uint64_t dropped = durability.Append(Index(2));
  durability.Truncate(Index(1));

  durability.Synced(dropped);

  EXPECT_EQ(durability.index(), Index(1));
}

TEST(Durability, TheLogIsOfAnEpochOnceItsFirstEntryIsDurable) {
  Durability durability;
  durability.Synced(durability.Promise(Epoch(3)));
  const uint64_t opened = durability.AppendEpoch(Index(1), Epoch(3));
  EXPECT_EQ(durability.log_epoch(), Epoch(0));
  durability.Synced(opened);
  EXPECT_EQ(durability.log_epoch(), Epoch(3));
}

// A log of `count` marks of node 1, and one entry that opens it.
Log LogOf(uint64_t count) {
  Log log;
  proto::EpochRecord opened;
  opened.mutable_voters()->mutable_current()->add_voters()->set_node(1);
  log.Append(*MakeEntry({}, Epoch(1), EntryKind::kEpoch, opened.SerializeAsString()));
  for (uint64_t number = 1; number < count; ++number) {
    proto::BatchRecord batch;
    batch.set_node(1);
    batch.set_incarnation(1);
    batch.set_number(number);
    log.Append(
        *MakeEntry(log.end().position, Epoch(1), EntryKind::kBatch, batch.SerializeAsString()));
  }
  return log;
}

Voters ThreeVoters(Journals* journals) {
  Voters voters;
  for (uint32_t node = 1; node <= 3; ++node) {
    const JournalId journal{std::string(1, static_cast<char>('0' + node))};
    voters.current.voters.push_back({NodeId(node), journal, 1});
    journals->emplace(NodeId(node), journal);
  }
  return voters;
}

TEST(Acks, AMajorityIsTheHighestIndexThatEnoughVotesCover) {
  const Log log = LogOf(5);
  Journals journals;
  const Voters voters = ThreeVoters(&journals);
  Acks acks;
  acks.Take(NodeId(1), log.PointAt(Index(5)).position);
  EXPECT_EQ(acks.Agreed(log, voters, journals), Index(0));
  acks.Take(NodeId(2), log.PointAt(Index(3)).position);
  EXPECT_EQ(acks.Agreed(log, voters, journals), Index(3));
  acks.Take(NodeId(3), log.PointAt(Index(4)).position);
  EXPECT_EQ(acks.Agreed(log, voters, journals), Index(4));
}

TEST(Acks, AnotherChainCountsForNothingAndIsNoticed) {
  const Log log = LogOf(5);
  Journals journals;
  const Voters voters = ThreeVoters(&journals);
  Acks acks;
  acks.Take(NodeId(1), log.end().position);
  acks.Take(NodeId(2), {Index(5), Chain{}});

  EXPECT_EQ(acks.Agreed(log, voters, journals), Index(0));
  EXPECT_EQ(acks.ConfirmedByOthers(log, NodeId(1)), Index(0));
  EXPECT_EQ(acks.Contradicting(log, journals).size(), 1U);
}

TEST(Acks, AJournalThatIsNoVotersDoesNotCount) {
  const Log log = LogOf(2);
  Journals journals;
  const Voters voters = ThreeVoters(&journals);
  journals.at(NodeId(2)) = JournalId{"new"};
  Acks acks;
  acks.Take(NodeId(1), log.end().position);
  acks.Take(NodeId(2), log.end().position);

  EXPECT_EQ(acks.Agreed(log, voters, journals), Index(0));
  EXPECT_EQ(acks.ConfirmedByOthers(log, NodeId(1)), Index(2));
}

TEST(Log, TruncationTakesBackWhatTheDroppedEntriesSaid) {
  Log log = LogOf(4);
  EXPECT_EQ(log.end().origins.Last(NodeId(1), Incarnation(1)), BatchNumber(3));
  log.TruncateAfter(Index(2));
  EXPECT_EQ(log.end_index(), Index(2));
  EXPECT_EQ(log.end().origins.Last(NodeId(1), Incarnation(1)), BatchNumber(1));
  EXPECT_EQ(log.end().position, LogOf(2).end().position);
}

TEST(Log, AnEntryThatBreaksTheChainIsRefused) {
  const Log log = LogOf(3);
  proto::LogEntry entry = ToProto(log.At(Index(2)));
  const Position before = log.PointAt(Index(1)).position;
  ASSERT_TRUE(FromProto(before, entry).ok());

  entry.set_payload(entry.payload() + "x");
  EXPECT_EQ(FromProto(before, entry).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(FromProto(log.end().position, ToProto(log.At(Index(2)))).ok());
}

TEST(Streams, NoticesAMissingMessageOfAnAnchoredSenderOnly) {
  Streams streams;
  EXPECT_TRUE(streams.Take(NodeId(1), 7));
  streams.Anchor(NodeId(1), 8);
  EXPECT_TRUE(streams.Take(NodeId(1), 9));
  EXPECT_FALSE(streams.Take(NodeId(1), 11));
  EXPECT_TRUE(streams.Take(NodeId(1), 12));
}

TEST(CatchUp, DropsLiveEntriesBeyondItsBoundAndFetchesThemAsHistory) {
  CatchUp catch_up;
  catch_up.Start(NodeId(1), {Index(10), Chain{}}, Index(21));
  EXPECT_EQ(catch_up.wanted(), Index(20));
  catch_up.Keep(Index(21), {Epoch(1), EntryKind::kBatch, "small"});
  EXPECT_TRUE(catch_up.has_live());

  catch_up.Keep(Index(22), {Epoch(1), EntryKind::kBatch, std::string(CatchUp::kLiveBytesMax, 'x')});

  EXPECT_FALSE(catch_up.has_live());
  EXPECT_EQ(catch_up.wanted(), Index(22));
  catch_up.Verified({Index(22), Chain{}});
  EXPECT_TRUE(catch_up.history_complete());
}

}  // namespace
}  // namespace peal::ordering
