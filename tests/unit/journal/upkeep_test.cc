// Damage to old segments: found when they are read or scrubbed, and mended.
#include "core/journal/upkeep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "core/journal/segment_writer.h"
#include "tests/unit/journal/journal_node.h"

namespace peal::journal {
namespace {

using testing::HasSubstr;

class UpkeepTest : public testing::Test {
 protected:
  // Five segments: entries 1-5, 6-10, 11-15, 16-20, and the newest without one.
  UpkeepTest() {
    node.options.cache_bytes = 0;
    node.options.scrub_rest = 3;
    EXPECT_TRUE(node.Open().ok());
    for (uint64_t i = 1; i <= 20; ++i) {
      written.emplace(i, node.Append(100));
      if (i % 5 == 0) {
        EXPECT_TRUE(node.Sync().ok());
        node.journal->AddNote(Index(i), fmt::format("note {}", i));
        written.at(i).note = fmt::format("note {}", i);
        node.Checkpoint(i, ChainOf(i));
        EXPECT_TRUE(node.Sync().ok());
      }
    }
  }

  static std::string Segment(uint64_t number) { return SegmentName(SegmentNumber(number)); }
  // A bit of the third entry, which no zeros are beside.
  void Spoil(uint64_t number) {
    const std::string text = fmt::format("entry {}.", 5 * number - 2);
    const size_t at = node.files.Contents(Segment(number)).find(text);
    ASSERT_NE(at, std::string::npos);
    node.files.FlipBit(Segment(number), at);
  }
  void Scrub(int times) {
    for (int i = 0; i < times; ++i) {
      node.journal->Scrub();
      node.Turn();
    }
  }
  std::string What() {
    const std::optional<Damage> damage = node.journal->damage();
    return damage ? damage->what : "nothing";
  }
  absl::Status Mend(std::vector<Record> records) {
    absl::Status result = absl::UnknownError("never called back");
    node.journal->Mend(std::move(records),
                       [&result](const absl::Status& status) { result = status; });
    node.Turn();
    return result;
  }
  // Mends what is damaged, `step` records at a time.
  void MendAll(uint64_t step = 2) {
    for (int i = 0; node.journal->damage() && i < 50; ++i) {
      const Damage damage = *node.journal->damage();
      std::vector<Record> records;
      for (uint64_t next = damage.after.value() + 1;
           next <= damage.upto.value() && records.size() < step; ++next) {
        records.push_back(written.at(next));
      }
      ASSERT_TRUE(Mend(std::move(records)).ok());
    }
    EXPECT_EQ(What(), "nothing");
  }
  void ExpectWhole(uint64_t first = 1) {
    for (uint64_t i = first; i <= 20; ++i) {
      const absl::StatusOr<std::vector<Record>> read = node.Read(i);
      ASSERT_TRUE(read.ok()) << i << " " << read.status();
      EXPECT_EQ(*read->front().payload, *written.at(i).payload);
      EXPECT_EQ(read->front().chain, written.at(i).chain);
      EXPECT_EQ(read->front().note, written.at(i).note);
    }
    for (uint64_t i = first - 1; i <= 20; i += 5) {
      EXPECT_EQ(*node.Summary(i), i == 0 ? "" : fmt::format("summary {}", i));
    }
  }

  JournalNode node;
  std::map<uint64_t, Record> written;
};

TEST_F(UpkeepTest, ScrubbingFindsAnyByteThatIsWrong) {
  const std::string good = node.files.Contents(Segment(2));
  for (size_t at = 0; at < good.size(); at += 7) {
    node.files.FlipBit(Segment(2), at, at % 8);
    node.Kill();
    ASSERT_TRUE(node.Open().ok());

    Scrub(10);

    const bool padding = good[at] == '\0' && What() == "nothing";
    EXPECT_TRUE(padding || What().find(Segment(2)) == 0) << at << " " << What();
    node.files.SetContents(Segment(2), good);
  }
}

TEST_F(UpkeepTest, ScrubbingFindsWhatIsGoneShorterSwappedOrOlder) {
  const std::string second = node.files.Contents(Segment(2));
  const std::string third = node.files.Contents(Segment(3));
  const auto expect_found = [&](const std::string& why) {
    Scrub(20);
    EXPECT_THAT(What(), HasSubstr(Segment(2)));
    EXPECT_THAT(What(), HasSubstr(why));
    node.files.SetContents(Segment(2), second);
    node.files.SetContents(Segment(3), third);
    node.Kill();
    EXPECT_TRUE(node.Open().ok());
    EXPECT_EQ(What(), "nothing");
  };

  node.files.Lose(Segment(2));
  expect_found("gone");
  node.files.SetContents(Segment(2), second.substr(0, second.size() / 2));
  expect_found("damaged");
  node.files.SetContents(Segment(2), "");
  expect_found("damaged");
  node.files.SetContents(Segment(2), third);
  node.files.SetContents(Segment(3), second);
  expect_found("another segment");
}

TEST_F(UpkeepTest, ScrubbingFindsAWholeFileOfAnEarlierTime) {
  const std::string whole = node.files.Contents(Segment(2));
  const size_t tenth = whole.find("entry 10.") - 56 - kRecordHeaderBytes;
  node.Kill();
  node.files.SetContents(Segment(2), whole.substr(0, tenth));
  ASSERT_TRUE(node.Open().ok());
  EXPECT_EQ(What(), "nothing");

  Scrub(20);

  EXPECT_THAT(What(), HasSubstr(Segment(2)));
  EXPECT_THAT(What(), HasSubstr("missing"));
  MendAll();
  ExpectWhole();
}

TEST_F(UpkeepTest, ScrubbingRestsOnceItHasComeRound) {
  Scrub(5);  // Five segments, each in one piece.
  Spoil(1);

  Scrub(1 + 3);  // It sees that it is through, then rests.
  EXPECT_EQ(What(), "nothing");

  Scrub(1);
  EXPECT_THAT(What(), HasSubstr(Segment(1)));
}

TEST_F(UpkeepTest, WhatIsMendedIsServedAgainAndSurvivesARestart) {
  for (const uint64_t number : {1U, 2U, 4U}) {
    Spoil(number);
  }
  Scrub(20);
  EXPECT_THAT(What(), HasSubstr(Segment(1)));
  EXPECT_EQ(node.Read(7).status().code(), absl::StatusCode::kDataLoss);

  MendAll();

  ExpectWhole();
  node.LosePower();
  ASSERT_TRUE(node.Open().ok());
  EXPECT_EQ(What(), "nothing");
  Scrub(20);
  EXPECT_EQ(What(), "nothing");
  ExpectWhole();
}

TEST_F(UpkeepTest, WhatIsMissingAtAStartIsMendedFromTheSegmentBeforeIt) {
  node.Kill();
  node.files.Lose(Segment(2));
  node.files.SetContents(Segment(3), "anything");
  ASSERT_TRUE(node.Open().ok());

  MendAll(100);

  node.LosePower();
  ASSERT_TRUE(node.Open().ok());
  Scrub(20);
  EXPECT_EQ(What(), "nothing");
  for (uint64_t i = 1; i <= 20; ++i) {
    EXPECT_EQ(*node.Read(i)->front().payload, *written.at(i).payload);
  }
}

TEST_F(UpkeepTest, WithoutASegmentBeforeItHistoryBeginsLater) {
  node.Kill();
  node.files.SetContents(Segment(1), "anything");
  node.files.FlipBit(Segment(2), 20);

  ASSERT_TRUE(node.Open().ok());

  EXPECT_EQ(What(), "nothing");
  EXPECT_EQ(node.journal->first(), Index(11));
  EXPECT_FALSE(node.files.Has(Segment(1)));
  ExpectWhole(11);
}

TEST_F(UpkeepTest, ACrashWhileMendingLeavesItToBeMended) {
  for (uint64_t step = 1; step < 12; ++step) {
    Spoil(2);
    Scrub(20);
    ASSERT_THAT(What(), HasSubstr(Segment(2)));
    node.files.CutPowerAfter(step);
    for (uint64_t from = 6; from <= 10 && node.journal->damage(); ++from) {
      if (!Mend({written.at(from)}).ok()) {
        break;
      }
    }
    node.LosePower();
    ASSERT_TRUE(node.Open().ok());
    Scrub(20);

    MendAll();

    ExpectWhole();
  }
}

TEST_F(UpkeepTest, AFullDiskOnlyPutsOffTheMending) {
  Spoil(2);
  Scrub(20);
  uint64_t taken = 0;
  const std::vector<std::string> names = *node.files.List();
  for (const std::string& name : names) {
    taken += node.files.Contents(name).size();
  }
  node.files.SetRoom(taken + 300);
  EXPECT_TRUE(absl::IsResourceExhausted(Mend({written.at(6), written.at(7)})));
  EXPECT_EQ(node.journal->damage()->after, Index(5));

  node.files.SetRoom(UINT64_MAX);
  MendAll();

  ExpectWhole();
}

TEST_F(UpkeepTest, WhatDoesNotLeadUpToTheNextSegmentMendsNothing) {
  Spoil(2);
  Scrub(20);
  std::vector<Record> records;
  for (uint64_t i = 6; i <= 10; ++i) {
    records.push_back(written.at(i));
  }
  records.back().chain = ChainOf(99);

  EXPECT_TRUE(absl::IsDataLoss(Mend(std::move(records))));

  EXPECT_THAT(What(), HasSubstr(Segment(2)));
  EXPECT_EQ(node.journal->damage()->after, Index(5));
}

TEST_F(UpkeepTest, DamageToTheFileThatIsWrittenIsMendedOnceTheNextHasBegun) {
  for (uint64_t i = 21; i <= 23; ++i) {
    written.emplace(i, node.Append(100));
  }
  ASSERT_TRUE(node.Sync().ok());
  Spoil(5);

  Scrub(20);

  ASSERT_THAT(What(), HasSubstr(Segment(5)));
  EXPECT_TRUE(node.journal->damage()->must_wait);
  node.journal->SetMarks({Index(23), Index(23)});
  EXPECT_TRUE(node.journal->WantsCheckpoint());
  node.Checkpoint(23, ChainOf(23));
  ASSERT_TRUE(node.Sync().ok());
  MendAll();
  EXPECT_EQ(*node.Read(22)->front().payload, *written.at(22).payload);
  node.Kill();
  EXPECT_TRUE(node.Open().ok());
}

TEST_F(UpkeepTest, WhatRetentionRemovesNeedsNoMending) {
  node.files.Lose(Segment(1));
  Scrub(20);
  node.options.retain_bytes = 1;
  node.Kill();
  ASSERT_TRUE(node.Open().ok());
  node.Append();
  ASSERT_TRUE(node.Sync().ok());

  node.Checkpoint(21, ChainOf(21));
  ASSERT_TRUE(node.Sync().ok());

  EXPECT_EQ(What(), "nothing");
  EXPECT_EQ(node.Segments().size(), 2U);
}

}  // namespace
}  // namespace peal::journal
