// Damage is told from what a crash leaves, and named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/journal/journal_node.h"

namespace peal::journal {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class DamageTest : public testing::Test {
 protected:
  // Three segments: entries 1-5, 6-10, 11-15.
  DamageTest() {
    EXPECT_TRUE(node.Open().ok());
    for (uint64_t i = 1; i <= 3; ++i) {
      node.AppendMany(5, 100);
      EXPECT_TRUE(node.Sync().ok());
      if (i < 3) {
        node.Checkpoint(5 * i, ChainOf(5 * i));
        EXPECT_TRUE(node.Sync().ok());
      }
    }
  }

  static std::string Segment(uint64_t number) { return SegmentName(SegmentNumber(number)); }
  std::string Newest() { return node.files.Contents(Segment(3)); }
  // Of the record that the entry's payload is in.
  uint64_t OffsetOfEntry(const std::string& file, uint64_t count) {
    const size_t at = node.files.Contents(file).find(fmt::format("entry {}.", count));
    EXPECT_NE(at, std::string::npos);
    return at - 56 - kRecordHeaderBytes;
  }
  // What opening says after the process has died.
  absl::Status Reopen(char letter = 'z') {
    node.Kill();
    return node.Open(letter);
  }
  void ExpectDamage(const std::string& file, const std::string& why) {
    const auto contents = Names();
    const absl::Status status = Reopen();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(file), HasSubstr(why)));
    EXPECT_EQ(Names(), contents);
  }
  // It opens, and goes on; only what is read of long ago is refused.
  void ExpectDamagedHistory(const std::string& file, const std::string& why) {
    node.options.cache_bytes = 0;
    EXPECT_TRUE(Reopen().ok());
    EXPECT_FALSE(node.created);
    EXPECT_EQ(node.recovered.records.size(), 5U);
    const std::optional<Damage> damage = node.journal->damage();
    ASSERT_TRUE(damage.has_value());
    EXPECT_THAT(damage->what, AllOf(HasSubstr(file), HasSubstr(why)));
    EXPECT_EQ(node.Read(7).status().code(), absl::StatusCode::kDataLoss);
    EXPECT_TRUE(node.Read(11).ok());
  }
  std::vector<std::string> Names() { return *node.files.List(); }

  JournalNode node;
};

TEST_F(DamageTest, AnyByteThatIsWrongInTheNewestSegmentIsFoundOrMeansNothing) {
  node.Close();
  const std::string good = Newest();
  for (size_t at = 0; at < good.size(); ++at) {
    node.files.FlipBit(Segment(3), at, at % 8);
    const absl::Status status = Reopen();
    if (status.ok()) {
      ASSERT_EQ(good[at], '\0');  // Padding.
      ASSERT_EQ(node.recovered.records.size(), 5U);
    } else {
      ASSERT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    }
    node.files.SetContents(Segment(3), good);
  }
}

TEST_F(DamageTest, ASegmentThatLostItsEndIsDamagedWhereverItIsCut) {
  const std::string good = Newest();
  for (size_t size = 0; size < good.size(); ++size) {
    node.files.SetContents(Segment(3), good.substr(0, size));
    ASSERT_EQ(Reopen().code(), absl::StatusCode::kDataLoss) << size;
  }
  node.files.SetContents(Segment(3), good);
  EXPECT_TRUE(Reopen().ok());
}

TEST_F(DamageTest, IsNamedWithFilePlaceAndReason) {
  const uint64_t offset = OffsetOfEntry(Segment(3), 12);
  node.files.FlipBit(Segment(3), offset + 40);

  ExpectDamage(fmt::format("{}, byte {}", Segment(3), offset), "durable bytes are wrong");
}

TEST_F(DamageTest, IsFoundWithoutTheHeadWhereARecordWitnessesIt) {
  node.Append();
  EXPECT_TRUE(node.Sync().ok());
  node.files.Lose(kHeadName);
  node.files.FlipBit(Segment(3), OffsetOfEntry(Segment(3), 15) + 40);

  ExpectDamage(Segment(3), "a record after them tells that they were durable");
}

TEST_F(DamageTest, OfTheVeryLastRecordIsFoundWithoutTheHeadAfterAnOrderlyEnd) {
  const uint64_t offset = OffsetOfEntry(Segment(3), 15);
  node.Close();
  node.files.Lose(kHeadName);
  node.files.FlipBit(Segment(3), offset + 40);

  EXPECT_EQ(node.Open().code(), absl::StatusCode::kDataLoss);
}

TEST_F(DamageTest, IsNoneWhereTheTailWasNeverDurable) {
  node.AppendMany(3, 700);
  node.journal->Sync([](const absl::Status&) {});
  node.files.CutPowerAfter(3);  // It has reserved and written, and not synced.
  node.Turn();
  node.files.CutPowerAfter(UINT64_MAX);
  node.files.FlipBit(Segment(3), OffsetOfEntry(Segment(3), 16) + 40);

  EXPECT_TRUE(Reopen().ok());

  EXPECT_EQ(node.recovered.records.size(), 5U);
  EXPECT_EQ(node.journal->last(), Index(15));
  // The whole records behind the bad one do not come back.
  node.Append();
  EXPECT_TRUE(node.Sync().ok());
  EXPECT_TRUE(Reopen().ok());
  EXPECT_EQ(node.journal->last(), Index(16));
}

TEST_F(DamageTest, AMissingSegmentIsDamageUnlessItIsTheOldest) {
  const std::string second = node.files.Contents(Segment(2));
  node.files.Lose(Segment(2));
  ExpectDamagedHistory(Segment(2), "missing");

  node.files.SetContents(Segment(2), second);
  node.files.Lose(Segment(1));
  EXPECT_TRUE(Reopen().ok());
  EXPECT_EQ(node.journal->first(), Index(6));

  node.files.Lose(Segment(3));
  ExpectDamage(Segment(2), "there was a segment after it");

  node.files.Lose(Segment(2));
  ExpectDamage(kHeadName, "it names a segment, and there is none");
}

TEST_F(DamageTest, AnOlderCopyOfTheNewestSegmentIsDamage) {
  const std::string before = Newest();
  node.Append();
  EXPECT_TRUE(node.Sync().ok());
  node.files.SetContents(Segment(3), before);

  ExpectDamage(Segment(3), "durable bytes are wrong or gone from here on");
}

TEST_F(DamageTest, SwappedSegmentsAreDamage) {
  const std::string second = node.files.Contents(Segment(2));
  node.files.SetContents(Segment(2), Newest());
  ExpectDamagedHistory(Segment(2), "does not lead up");

  node.files.SetContents(Segment(3), second);
  ExpectDamage(Segment(3), "it is another segment than its name says");
}

TEST_F(DamageTest, ASegmentOfAnotherJournalIsDamage) {
  JournalNode other;
  EXPECT_TRUE(other.Open('x').ok());
  for (uint64_t i = 1; i <= 2; ++i) {
    other.AppendMany(5, 100);
    other.Checkpoint(5 * i, ChainOf(5 * i));
    EXPECT_TRUE(other.Sync().ok());
  }
  const std::string good = Newest();

  node.files.SetContents(Segment(3), other.files.Contents(Segment(3)));
  node.Kill();
  EXPECT_EQ(node.Open().code(), absl::StatusCode::kDataLoss);

  node.files.SetContents(Segment(3), good);
  node.files.SetContents(Segment(2), other.files.Contents(Segment(2)));
  ExpectDamagedHistory(Segment(2), "does not lead up");
}

TEST_F(DamageTest, RecordsOfAnotherPlaceDoNotPass) {
  // The last record once more, right behind itself.
  const std::string good = Newest();
  const uint64_t offset = OffsetOfEntry(Segment(3), 15);
  node.files.SetContents(Segment(3), good + good.substr(offset));

  EXPECT_TRUE(Reopen().ok());

  EXPECT_EQ(node.journal->last(), Index(15));
  EXPECT_EQ(Newest(), good);
}

TEST_F(DamageTest, RecordsOfAnotherSegmentDoNotPass) {
  const std::string good = Newest();
  std::string more = good;
  AppendRecord({.salt = SaltOf(IdOf('a'), SegmentNumber(2)), .offset = good.size()},
               RecordType::kPromise, {EncodeNumber(77)}, &more);
  node.files.SetContents(Segment(3), more);

  EXPECT_TRUE(Reopen().ok());

  EXPECT_EQ(node.recovered.promised, Epoch(0));
  EXPECT_EQ(Newest(), good);
}

TEST_F(DamageTest, AWholeRecordThatCannotStandThereIsDamage) {
  const std::string good = Newest();
  std::string more = good;
  Record record{.index = Index(99), .payload = std::make_shared<const std::string>("x")};
  AppendRecord({.salt = SaltOf(IdOf('a'), SegmentNumber(3)), .offset = good.size()},
               RecordType::kEntry, {EncodeEntryHead(record), *record.payload}, &more);
  node.files.SetContents(Segment(3), more);

  ExpectDamage(fmt::format("{}, byte {}", Segment(3), good.size()), "does not follow");
}

TEST_F(DamageTest, ASegmentThatBeginsWithMoreCommittedThanItHasIsDamage) {
  std::string bytes;
  AppendRecord({.salt = kStartSalt}, RecordType::kStart,
               {EncodeStart({.journal_id = IdOf('a'),
                             .number = SegmentNumber(4),
                             .marks = {Index(16), Index(16)},
                             .place = {Index(15), Sequence(150), 0}})},
               &bytes);
  const uint32_t salt = SaltOf(IdOf('a'), SegmentNumber(4));
  AppendRecord({.salt = salt, .offset = bytes.size()}, RecordType::kSummary, {}, &bytes);
  AppendRecord({.salt = salt, .offset = bytes.size()}, RecordType::kState, {}, &bytes);
  node.files.SetContents(Segment(4), bytes);

  ExpectDamage(Segment(4), "does not begin as a segment does");
}

TEST_F(DamageTest, ANewerFormatIsRefusedAndLeftAlone) {
  std::string start = EncodeStart({.journal_id = IdOf('a'), .number = SegmentNumber(4)});
  start[0] = 2;
  std::string bytes;
  AppendRecord({.salt = kStartSalt}, RecordType::kStart, {start}, &bytes);
  node.files.SetContents(Segment(4), bytes);

  const absl::Status status = Reopen();

  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("newer peald"));
}

TEST_F(DamageTest, WhatNeverGotItsNameIsRemoved) {
  node.files.SetContents(Segment(4) + ".new", "anything");

  EXPECT_TRUE(Reopen().ok());

  EXPECT_THAT(Names(), ElementsAre(kHeadName, Segment(1), Segment(2), Segment(3)));
}

TEST_F(DamageTest, OfOldHistoryIsToldToWhoReadsIt) {
  const uint64_t offset = OffsetOfEntry(Segment(1), 3);
  node.options.cache_bytes = 0;
  EXPECT_TRUE(Reopen().ok());
  node.files.FlipBit(Segment(1), offset + 60);

  const absl::Status status = node.Read(3).status();

  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(fmt::format("{}: the record at byte {}", Segment(1), offset)));
  EXPECT_TRUE(node.Read(7).ok());
  // Nothing more of that file is served.
  EXPECT_EQ(node.Read(2).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(DamageTest, OfAFileThatIsInUseIsToldToWhoReadsIt) {
  EXPECT_TRUE(node.Read(3).ok());  // Its index is known from now on.
  const uint64_t offset = OffsetOfEntry(Segment(1), 3);
  node.files.FlipBit(Segment(1), offset + 60);

  EXPECT_EQ(node.Read(1, 10'000).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(DamageTest, SetAsideMakesRoomForANewJournalAndKeepsTheFiles) {
  for (int i = 1; i <= 5; ++i) {
    node.files.FlipBit(node.NewestSegment(), 40);
    EXPECT_EQ(Reopen('b').code(), absl::StatusCode::kDataLoss);

    EXPECT_TRUE(SetAsideDamaged(&node.files).ok());

    EXPECT_TRUE(node.Open(static_cast<char>('b' + i)).ok());
    EXPECT_TRUE(node.created);
    node.Append();
    EXPECT_TRUE(node.Sync().ok());
  }

  EXPECT_THAT(Names(), ElementsAre("damaged-3.head", "damaged-3." + Segment(1), "damaged-4.head",
                                   "damaged-4." + Segment(1), "damaged-5.head",
                                   "damaged-5." + Segment(1), kHeadName, Segment(1)));
}

TEST(SetAsideDamaged, InterruptedNeverLeavesAJournalThatForgot) {
  for (uint64_t step = 1; step < 20; ++step) {
    for (uint64_t seed = 1; seed <= 20; ++seed) {
      JournalNode node(seed);
      ASSERT_TRUE(node.Open('a').ok());
      node.AppendMany(5);
      node.Checkpoint(5, ChainOf(5));
      node.AppendMany(5);
      ASSERT_TRUE(node.Sync().ok());
      node.Kill();
      node.files.FlipBit(node.NewestSegment(), 40);
      node.files.CutPowerAfter(step);
      SetAsideDamaged(&node.files).IgnoreError();  // The power may be out.
      node.LosePower();

      absl::Status status = node.Open('b');
      if (absl::IsDataLoss(status)) {
        ASSERT_TRUE(SetAsideDamaged(&node.files).ok());
        status = node.Open('b');
      }

      ASSERT_TRUE(status.ok()) << status;
      EXPECT_EQ(node.journal->id(), IdOf('b')) << step << " " << seed;
    }
  }
}

}  // namespace
}  // namespace peal::journal
