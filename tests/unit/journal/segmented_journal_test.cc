#include "core/journal/segmented_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/journal/journal_node.h"

namespace peal::journal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SegmentedJournalTest : public testing::Test {
 protected:
  SegmentedJournalTest() { Reopen(); }

  void Reopen(char letter = 'a') {
    const absl::Status status = node.Open(letter);
    ASSERT_TRUE(status.ok()) << status;
  }
  // What was recovered after the checkpoint.
  std::vector<std::string> Recovered() {
    std::vector<std::string> texts;
    for (const Record& record : node.recovered.records) {
      texts.push_back(TextOf(record));
    }
    return texts;
  }
  // Makes `count` segments more, of ten entries each.
  void AddSegments(int count, int64_t time_step_us = 0) {
    for (int i = 0; i < count; ++i) {
      node.AppendMany(9);
      const Record last = node.Append();
      node.Checkpoint(last.index.value(), last.chain, ++segments_made * time_step_us);
      ASSERT_TRUE(node.Sync().ok());
    }
  }

  JournalNode node;
  int64_t segments_made = 0;
};

TEST_F(SegmentedJournalTest, BeginsEmptyWithTheIdItIsGiven) {
  EXPECT_TRUE(node.created);
  EXPECT_EQ(node.journal->id(), IdOf('a'));
  EXPECT_EQ(node.journal->first(), Index(0));
  EXPECT_EQ(node.journal->last(), Index(0));

  node.LosePower();
  Reopen('b');

  EXPECT_FALSE(node.created);
  EXPECT_EQ(node.journal->id(), IdOf('a'));
  EXPECT_EQ(node.recovered.id, IdOf('a'));
  EXPECT_THAT(Recovered(), IsEmpty());
}

TEST_F(SegmentedJournalTest, KeepsWhatWasSyncedAndTheOrderOfWhatHappened) {
  node.AppendMany(3);
  node.journal->TruncateAfter(Index(1));
  node.Append(20, true, 7);
  node.journal->StorePromise(Epoch(9));
  node.journal->SetMarks({Index(2), Index(1)});
  ASSERT_TRUE(node.Sync().ok());

  node.LosePower();
  Reopen();

  EXPECT_THAT(Recovered(), ElementsAre("entry 1", "entry 4"));
  EXPECT_EQ(node.recovered.log_epoch, Epoch(7));
  EXPECT_EQ(node.recovered.promised, Epoch(9));
  EXPECT_EQ(node.recovered.marks, (Marks{Index(2), Index(1)}));
  EXPECT_EQ(node.journal->last(), Index(2));
  EXPECT_EQ(node.recovered.records[1].chain, ChainOf(4));
}

TEST_F(SegmentedJournalTest, ConfirmsNothingThatComesAfterATruncation) {
  node.AppendMany(3);
  node.journal->SetMarks({Index(3), Index(1)});
  ASSERT_TRUE(node.Sync().ok());
  node.journal->TruncateAfter(Index(1));
  node.AppendMany(2);
  ASSERT_TRUE(node.Sync().ok());

  node.LosePower();
  Reopen();

  EXPECT_EQ(node.recovered.marks, (Marks{Index(1), Index(1)}));
}

TEST_F(SegmentedJournalTest, CallsBackOnlyWhenItIsDurable) {
  bool synced = false;
  node.Append();
  node.journal->Sync([&](const absl::Status& status) { synced = status.ok(); });

  node.loop.Run();
  EXPECT_FALSE(synced);

  node.Turn();
  EXPECT_TRUE(synced);
}

TEST_F(SegmentedJournalTest, TakesMoreWhileASyncIsUnderWay) {
  node.Append();
  node.journal->Sync([](const absl::Status& status) { EXPECT_TRUE(status.ok()); });
  node.AppendMany(2);
  node.Turn();
  EXPECT_TRUE(node.Sync().ok());

  node.LosePower();
  Reopen();

  EXPECT_THAT(Recovered(), ElementsAre("entry 1", "entry 2", "entry 3"));
}

TEST_F(SegmentedJournalTest, BeginsASegmentAtACheckpointAndCarriesOverWhatFollowsIt) {
  node.AppendMany(5);
  node.Checkpoint(3, ChainOf(3));
  node.Append();
  ASSERT_TRUE(node.Sync().ok());

  node.LosePower();
  Reopen();

  EXPECT_EQ(node.Segments().size(), 2U);
  EXPECT_EQ(node.recovered.checkpoint.index, Index(3));
  EXPECT_EQ(node.recovered.checkpoint.chain, ChainOf(3));
  EXPECT_EQ(node.recovered.checkpoint.sequence, Sequence(30));
  EXPECT_EQ(node.recovered.checkpoint.summary, "summary 3");
  EXPECT_EQ(node.recovered.checkpoint.state, "state 3");
  EXPECT_THAT(Recovered(), ElementsAre("entry 4", "entry 5", "entry 6"));
  EXPECT_EQ(node.journal->first(), Index(1));
  EXPECT_EQ(*node.Summary(3), "summary 3");
  EXPECT_EQ(*node.Summary(0), "");
  EXPECT_EQ(node.Summary(2).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(SegmentedJournalTest, WantsACheckpointWhenItHasGrownAndOneWouldHelp) {
  node.AppendMany(40);
  EXPECT_FALSE(node.journal->WantsCheckpoint());  // Nothing is committed.

  node.journal->SetMarks({Index(40), Index(39)});
  EXPECT_TRUE(node.journal->WantsCheckpoint());

  node.Checkpoint(39, ChainOf(39));
  EXPECT_FALSE(node.journal->WantsCheckpoint());
}

TEST_F(SegmentedJournalTest, ReadsAllThatItHoldsFromMemoryOrFile) {
  AddSegments(3);
  node.AppendMany(2);
  ASSERT_TRUE(node.Sync().ok());

  for (uint64_t from = 1; from <= 32; ++from) {
    const absl::StatusOr<std::vector<Record>> records = node.Read(from);
    ASSERT_TRUE(records.ok()) << from << records.status();
    ASSERT_EQ(records->size(), 1U);
    EXPECT_EQ(TextOf(records->front()), fmt::format("entry {}", from));
    EXPECT_EQ(records->front().index, Index(from));
  }
  EXPECT_EQ(node.Read(1, 100'000)->size(), 10U);  // As far as its segment goes.
  EXPECT_EQ(node.Read(0).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(node.Read(33).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(SegmentedJournalTest, ReadsWhatReplacedATruncatedPart) {
  node.AppendMany(5, 300);
  node.journal->TruncateAfter(Index(2));
  node.AppendMany(5, 300);
  node.journal->SetMarks({Index(7), Index(7)});
  ASSERT_TRUE(node.Sync().ok());
  node.Checkpoint(7, ChainOf(10));
  ASSERT_TRUE(node.Sync().ok());

  EXPECT_EQ(TextOf(node.Read(2)->front()), "entry 2");
  EXPECT_EQ(TextOf(node.Read(3)->front()), "entry 6");
  EXPECT_EQ(TextOf(node.Read(4)->front()), "entry 7");
}

TEST_F(SegmentedJournalTest, GivesNotesWithTheirRecordsAlsoThoseAddedAfterTheCheckpoint) {
  node.AppendMany(10, 500);
  node.journal->SetMarks({Index(10), Index(9)});
  for (uint64_t i = 1; i <= 8; ++i) {
    node.journal->AddNote(Index(i), fmt::format("note {}", i));
  }
  node.Checkpoint(9, ChainOf(9));
  node.journal->AddNote(Index(9), "note 9");
  node.journal->AddNote(Index(10), "note 10");
  ASSERT_TRUE(node.Sync().ok());
  node.LosePower();
  Reopen();
  node.journal->AddNote(Index(10), "once more");

  for (uint64_t i = 1; i <= 10; ++i) {
    EXPECT_EQ(node.Read(i)->front().note, fmt::format("note {}", i));
  }
  EXPECT_EQ(node.recovered.records.front().note, "");
}

TEST_F(SegmentedJournalTest, RefusesTooManyReads) {
  AddSegments(2);
  int refused = 0;
  for (int i = 0; i < 70; ++i) {
    node.journal->Read(Index(1), 1, [&](const absl::StatusOr<std::vector<Record>>& records) {
      refused += absl::IsUnavailable(records.status()) ? 1 : 0;
    });
  }

  node.Turn();

  EXPECT_EQ(refused, 6);
  EXPECT_TRUE(node.Read(1).ok());
}

TEST_F(SegmentedJournalTest, ListsItsPlaces) {
  AddSegments(2, 1000);

  const std::vector<Place> places = node.journal->Places();

  ASSERT_EQ(places.size(), 3U);
  EXPECT_EQ(places[0].index, Index(0));
  EXPECT_EQ(places[1].index, Index(10));
  EXPECT_EQ(places[2].sequence, Sequence(200));
  EXPECT_EQ(places[2].time_us, 2000);
}

TEST_F(SegmentedJournalTest, LetsTheOldestGoWhenThereIsTooMuch) {
  node.options.retain_bytes = 5000;
  node.Kill();
  Reopen();

  AddSegments(10);

  EXPECT_LT(node.Segments().size(), 6U);
  EXPECT_GT(node.journal->first(), Index(40));
  EXPECT_EQ(node.Read(1).status().code(), absl::StatusCode::kNotFound);
  node.LosePower();
  Reopen();
  EXPECT_TRUE(node.Read(node.journal->first().value()).ok());
}

TEST_F(SegmentedJournalTest, LetsTheOldestGoWhenTheyAreTooOld) {
  node.options.retain_age = std::chrono::microseconds(2500);
  node.Kill();
  Reopen();

  AddSegments(10, 1000);

  // Of checkpoints at 1 to 10 ms those up to 7 ms are too old; the segment that ends at 8 ms stays.
  EXPECT_EQ(node.journal->first(), Index(71));
}

TEST_F(SegmentedJournalTest, KeepsTheNewestTwoWhateverTheLimits) {
  node.options.retain_bytes = 1;
  node.Kill();
  Reopen();

  AddSegments(6);

  EXPECT_EQ(node.Segments().size(), 2U);
}

// A checkpoint of these tests has ten times its index as its sequence.
TEST_F(SegmentedJournalTest, WhatIsUnreadStaysWithinItsOwnBound) {
  node.options.retain_bytes = 1;
  node.options.retain_unread_bytes = 1 << 20;
  node.Kill();
  Reopen();
  node.journal->KeepAfter(Sequence(200));

  AddSegments(6);

  EXPECT_EQ(node.journal->first(), Index(21));
  EXPECT_FALSE(node.journal->endangered().has_value());
  node.journal->KeepAfter(Sequence(201));
  AddSegments(1);
  EXPECT_EQ(node.journal->first(), Index(21));
  node.journal->KeepAfter(std::nullopt);
  AddSegments(1);
  EXPECT_EQ(node.Segments().size(), 2U);
}

TEST_F(SegmentedJournalTest, BeyondThatBoundTheUnreadGoesTooAndIsEndangeredBefore) {
  node.options.retain_bytes = 1;
  node.options.retain_unread_bytes = 5000;
  node.Kill();
  Reopen();
  node.journal->KeepAfter(Sequence(50));

  AddSegments(1);
  std::optional<Sequence> endangered;
  while (node.journal->first() == Index(1)) {
    endangered = node.journal->endangered();
    AddSegments(1);
  }

  EXPECT_EQ(endangered, Sequence(100));
  EXPECT_GT(node.Segments().size(), 2U);
}

TEST_F(SegmentedJournalTest, BeginsAnewWithALogThatWasTakenOver) {
  AddSegments(2);
  node.AppendMany(3);
  node.Checkpoint(1000, ChainOf(1000));
  ASSERT_TRUE(node.Sync().ok());
  EXPECT_EQ(node.journal->last(), Index(1000));
  EXPECT_EQ(node.journal->first(), Index(0));
  node.AppendMany(2);
  ASSERT_TRUE(node.Sync().ok());
  EXPECT_EQ(node.journal->first(), Index(1001));
  EXPECT_EQ(node.Read(5).status().code(), absl::StatusCode::kNotFound);

  node.LosePower();
  Reopen();

  EXPECT_EQ(node.journal->first(), Index(1001));
  EXPECT_EQ(node.Segments().size(), 1U);
}

TEST_F(SegmentedJournalTest, KeepsAllWhenTheDiskIsFullAndGoesOnWhenThereIsRoom) {
  for (const bool reserves : {true, false}) {
    node.files.SetReserves(reserves);
    node.files.SetRoom(4500 + 2000);
    node.AppendMany(20, 1000);
    EXPECT_EQ(node.Sync().code(), absl::StatusCode::kResourceExhausted);
    node.Append();
    EXPECT_EQ(node.Sync().code(), absl::StatusCode::kResourceExhausted);

    node.files.SetRoom(UINT64_MAX);
    EXPECT_TRUE(node.Sync().ok());
    node.LosePower();
    Reopen();
    EXPECT_EQ(node.journal->last().value(), node.appended);
  }
}

TEST_F(SegmentedJournalTest, IsOverWhenTooMuchWaitsForAFullDisk) {
  node.files.SetRoom(10'000);
  node.AppendMany(60, 1 << 20);
  EXPECT_EQ(node.Sync().code(), absl::StatusCode::kResourceExhausted);

  node.AppendMany(10, 1 << 20);
  EXPECT_EQ(node.Sync().code(), absl::StatusCode::kUnavailable);

  node.files.SetRoom(UINT64_MAX);
  EXPECT_EQ(node.Sync().code(), absl::StatusCode::kUnavailable);
}

TEST_F(SegmentedJournalTest, GoesOnWhenTheDiskWasFullAtANewSegment) {
  node.AppendMany(10);
  ASSERT_TRUE(node.Sync().ok());
  node.Checkpoint(10, ChainOf(10));
  node.AppendMany(3, 1000);
  node.files.SetRoom(4500 + 1000);
  EXPECT_EQ(node.Sync().code(), absl::StatusCode::kResourceExhausted);

  node.files.SetRoom(UINT64_MAX);
  EXPECT_TRUE(node.Sync().ok());
  node.LosePower();
  Reopen();

  EXPECT_EQ(node.recovered.checkpoint.index, Index(10));
  EXPECT_EQ(node.journal->last(), Index(13));
}

TEST_F(SegmentedJournalTest, IsOverAfterAFailedSyncOrWrite) {
  for (const bool sync : {true, false}) {
    node.AppendMany(2);
    ASSERT_TRUE(node.Sync().ok());
    sync ? node.files.FailNextSync() : node.files.FailNextWrite();
    node.Append();
    const absl::Status failed = node.Sync();
    EXPECT_EQ(failed.code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(failed.message()), HasSubstr("Input/output error"));

    node.Append();
    EXPECT_EQ(node.Sync(), failed);
    node.Kill();
    Reopen();
  }
}

// The kernel shows a new process what the disk never got (see io::File::Sync()).
TEST_F(SegmentedJournalTest, MakesDurableWhatItRecovers) {
  ASSERT_TRUE(node.Sync().ok());
  node.files.FailNextSync();
  node.AppendMany(3, 1000);
  EXPECT_FALSE(node.Sync().ok());
  node.Kill();
  Reopen();
  ASSERT_EQ(node.recovered.records.size(), 3U);

  for (int i = 0; i < 20; ++i) {
    node.LosePower();
    Reopen();
    ASSERT_EQ(node.recovered.records.size(), 3U);
  }
}

}  // namespace
}  // namespace peal::journal
