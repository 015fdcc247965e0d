// Whom the mender asks, what it believes, and what it tells.
#include "ordering/replica/history_mender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <vector>

#include "core/log.h"

namespace peal::ordering {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::set<NodeId> kOthers = {NodeId(2), NodeId(3)};

// A log of batches, all of it known.
std::vector<Entry> MakeLog(uint64_t count) {
  std::vector<Entry> log;
  Position position{Index(10), {}};
  for (uint64_t i = 0; i < count; ++i) {
    BatchWriter writer;
    writer.Add({.event = "event", .key = {}, .subject = {}, .expect_subject = {}});
    const BatchId id{NodeId(1), Incarnation(1), BatchNumber(i + 1)};
    log.push_back(*MakeEntry(position, Epoch(3), EntryKind::kBatch, writer.Finish(id)));
    position = log.back().position();
  }
  return log;
}

class FakeUpkeep : public journal::Upkeep {
 public:
  void Scrub() override { ++scrubs; }
  std::optional<journal::Damage> damage() const override { return known; }
  void Mend(std::vector<journal::Record> records, std::function<void(absl::Status)> done) override {
    for (journal::Record& record : records) {
      known->after = record.index;
      known->after_chain = record.chain;
      mended.push_back(std::move(record));
    }
    pending = std::move(done);
  }
  void KeepAfter(std::optional<Sequence>) override {}
  std::optional<Sequence> endangered() const override { return std::nullopt; }
  void Answer(const absl::Status& status) {
    if (status.ok() && known->after == known->upto) {
      known.reset();
    }
    std::exchange(pending, nullptr)(status);
  }

  std::optional<journal::Damage> known;
  std::vector<journal::Record> mended;
  std::function<void(absl::Status)> pending;
  int scrubs = 0;
};

class HistoryMenderTest : public ::testing::Test {
 protected:
  HistoryMenderTest() { log::SetLevel(log::Level::kError); }

  // Entries 11 to 14 are damaged.
  void Damage() {
    upkeep.known = journal::Damage{.what = "segment-2, byte 7: bad",
                                   .after = Index(10),
                                   .upto = log.back().index,
                                   .upto_chain = log.back().chain};
  }
  void Ticks(uint32_t count, const std::set<NodeId>& others = kOthers) {
    for (uint32_t i = 0; i < count; ++i) {
      mender.Tick(others);
    }
  }
  // Entries [from, from + count) of the log, as a donor sends them.
  HistoryCame Came(uint32_t donor, size_t from, size_t count) {
    HistoryCame came{NodeId(donor), {}};
    for (size_t i = from; i < from + count; ++i) {
      *came.entries.add_entries() = ToProto(log[i]);
      came.entries.mutable_entries(came.entries.entries_size() - 1)->set_note("note");
    }
    return came;
  }

  std::vector<Entry> log = MakeLog(4);
  FakeUpkeep upkeep;
  std::vector<HistoryWanted> asked;
  HistoryMender mender{&upkeep, [this](const HistoryWanted& wanted) { asked.push_back(wanted); }};
};

TEST_F(HistoryMenderTest, OnlyScrubsWhileNothingIsDamaged) {
  Ticks(10 * HistoryMender::kScrubTicks);

  EXPECT_EQ(upkeep.scrubs, 10);
  EXPECT_THAT(asked, IsEmpty());
  EXPECT_EQ(mender.Text(), "");
  EXPECT_FALSE(mender.hopeful());
}

TEST_F(HistoryMenderTest, FetchesPieceByPieceUntilItIsWhole) {
  Damage();
  Ticks(1);
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].donor, NodeId(2));
  EXPECT_EQ(asked[0].after.index, Index(10));
  EXPECT_EQ(asked[0].upto, Index(14));
  EXPECT_THAT(mender.Text(), HasSubstr("segment-2, byte 7: bad; fetching"));

  mender.OnCame(Came(2, 0, 3));
  upkeep.Answer(absl::OkStatus());
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[1].after, log[2].position());
  mender.OnCame(Came(2, 3, 1));
  upkeep.Answer(absl::OkStatus());

  EXPECT_EQ(mender.Text(), "");
  ASSERT_EQ(upkeep.mended.size(), 4U);
  EXPECT_EQ(upkeep.mended[3].chain, log[3].chain);
  EXPECT_EQ(upkeep.mended[3].note, "note");
}

TEST_F(HistoryMenderTest, BelievesNothingThatDoesNotContinueTheChain) {
  Damage();
  Ticks(1);
  HistoryCame came = Came(2, 0, 3);
  came.entries.mutable_entries(1)->set_payload("something else");

  mender.OnCame(came);

  ASSERT_EQ(upkeep.mended.size(), 1U);
  upkeep.Answer(absl::OkStatus());
  mender.OnCame(Came(2, 0, 2));  // Not what was asked for.
  EXPECT_EQ(upkeep.mended.size(), 1U);
}

TEST_F(HistoryMenderTest, AsksTheNextWhenOneIsSilentOrCannotHelp) {
  Damage();
  Ticks(1);
  Ticks(HistoryMender::kAnswerTicks);
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[1].donor, NodeId(3));
  EXPECT_TRUE(mender.hopeful());
  mender.OnCame(Came(2, 0, 4));  // Too late.
  EXPECT_THAT(upkeep.mended, IsEmpty());

  mender.OnCame(HistoryCame{NodeId(3), {}});
  Ticks(1);

  EXPECT_EQ(asked.size(), 2U);
  EXPECT_FALSE(mender.hopeful());
  EXPECT_THAT(mender.Text(), HasSubstr("no other node"));
}

TEST_F(HistoryMenderTest, TriesAgainLaterWhenNobodyCouldHelp) {
  Damage();
  Ticks(1, {});
  EXPECT_FALSE(mender.hopeful());

  Ticks(HistoryMender::kRetryTicks - 1);
  EXPECT_THAT(asked, IsEmpty());
  Ticks(1);
  EXPECT_EQ(asked.size(), 1U);
  EXPECT_TRUE(mender.hopeful());
}

TEST_F(HistoryMenderTest, WhatTheJournalCannotTakeIsFetchedAgain) {
  Damage();
  Ticks(1);
  mender.OnCame(Came(2, 0, 4));
  Damage();
  upkeep.Answer(absl::ResourceExhaustedError("no room"));

  Ticks(1);

  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[1].after.index, Index(10));
}

TEST_F(HistoryMenderTest, MakesAFileAnewThatHoldsNothing) {
  Damage();
  upkeep.known->upto = upkeep.known->after;
  Ticks(1);
  ASSERT_TRUE(upkeep.pending != nullptr);

  upkeep.Answer(absl::OkStatus());

  EXPECT_THAT(asked, IsEmpty());
  EXPECT_EQ(mender.Text(), "");
}

TEST_F(HistoryMenderTest, WaitsForTheNextFileToBegin) {
  Damage();
  upkeep.known->must_wait = true;
  Ticks(5);
  EXPECT_THAT(asked, IsEmpty());
  EXPECT_THAT(mender.Text(), HasSubstr("when the next file begins"));

  upkeep.known->must_wait = false;
  Ticks(1);
  EXPECT_EQ(asked.size(), 1U);
}

}  // namespace
}  // namespace peal::ordering
