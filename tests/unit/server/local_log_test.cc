// Keeping local events, and reading them back, on a disk that fails.
#include "core/server/local_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "tests/support/local_disk.h"
#include "tests/support/manual_loop.h"

namespace peal::server {
namespace {

using testing::HasSubstr;
using testing_support::LocalDisk;
using testing_support::ManualLoop;
using Numbers = std::vector<uint64_t>;

constexpr size_t kSmall = 100;
constexpr size_t kOneByte = 1;
constexpr size_t kAll = 1 << 20;

class LocalLogTest : public testing::Test {
 protected:
  // Shows so many events after this global one, and asks for the last one to be kept.
  void Show(int count, uint64_t after_global = 0, size_t bytes = kSmall) {
    for (int i = 1; i <= count; ++i) {
      const LocalNumber number = disk_.log->shown().Next();
      std::string text = fmt::format("event {}", number.value());
      text.resize(bytes, '.');
      disk_.log->Append({{number, Sequence(after_global)}, std::move(text)},
                        [this](const absl::Status& status) { kept_ = status; });
    }
  }
  // As the last of them ended; within one sync.
  absl::Status Keep(int count, uint64_t after_global = 0, size_t bytes = kSmall) {
    kept_.reset();
    Show(count, after_global, bytes);
    loop_.Run();
    return kept_.value_or(absl::UnknownError("never called back"));
  }
  // One sync each, so that the files get checkpoints.
  void KeepEach(int count, uint64_t after_global = 0, size_t bytes = kSmall) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(Keep(1, after_global, bytes).ok());
    }
  }
  void Restart() {
    disk_.Kill();
    loop_.Run();
    disk_.Open();
  }
  void LosePower() {
    disk_.Kill();
    loop_.Run();
    disk_.files.LosePower();
    disk_.Open();
  }

  LocalChunk Read(uint64_t from, size_t bytes_max = kAll) {
    std::optional<LocalChunk> chunk;
    disk_.history->Read(LocalNumber(from), bytes_max,
                        [&chunk](LocalChunk got) { chunk = std::move(got); });
    loop_.Run();
    EXPECT_TRUE(chunk.has_value());
    return chunk.value_or(LocalChunk());
  }
  static Numbers NumbersOf(const LocalChunk& chunk) {
    Numbers numbers;
    for (const LocalEvent& event : chunk.events) {
      const uint64_t number = event.place.number.value();
      EXPECT_TRUE(event.encoded.starts_with(fmt::format("event {}.", number)));
      numbers.push_back(number);
    }
    return numbers;
  }
  // Of all that is held from there on.
  Numbers ReadAll(uint64_t from) {
    Numbers numbers;
    while (from <= disk_.log->shown().value()) {
      const LocalChunk chunk = Read(from, 1000);
      const Numbers read = NumbersOf(chunk);
      numbers.insert(numbers.end(), read.begin(), read.end());
      from = chunk.through.value() + 1;
    }
    return numbers;
  }
  uint64_t StartAfter(uint64_t global) {
    std::optional<LocalNumber> start;
    disk_.history->FindAfter(Sequence(global), [&start](LocalNumber found) { start = found; });
    loop_.Run();
    EXPECT_TRUE(start.has_value());
    return start.value_or(LocalNumber()).value();
  }
  static Numbers Range(uint64_t first, uint64_t last) {
    Numbers numbers;
    for (uint64_t number = first; number <= last; ++number) {
      numbers.push_back(number);
    }
    return numbers;
  }
  std::vector<std::string> Segments() {
    std::vector<std::string> names = *disk_.files.List();
    std::erase_if(names, [](const std::string& name) { return !name.starts_with("segment-"); });
    return names;
  }

  ManualLoop loop_;
  LocalDisk disk_{&loop_, {.segment_bytes = 2000, .cache_bytes = 500, .retain_bytes = 12'000}};
  std::optional<absl::Status> kept_;
};

TEST_F(LocalLogTest, WhatIsKeptIsThereAfterAPowerLoss) {
  ASSERT_TRUE(Keep(3, 7).ok());
  Show(2, 8);

  LosePower();

  EXPECT_EQ(disk_.log->shown(), LocalNumber(3));
  EXPECT_EQ(ReadAll(1), Range(1, 3));
  EXPECT_EQ(Read(1).events.at(0).place.after_global, Sequence(7));
}

TEST_F(LocalLogTest, NothingIsToldBeforeTheDiskHasIt) {
  Show(1);

  EXPECT_FALSE(kept_.has_value());
  disk_.Kill();
  loop_.Run();
  EXPECT_FALSE(kept_.has_value());
}

TEST_F(LocalLogTest, WhatComesInOneTurnGoesInOneSync) {
  KeepEach(1);
  const uint64_t before_one = disk_.files.operations();
  ASSERT_TRUE(Keep(1).ok());
  const uint64_t of_one = disk_.files.operations() - before_one;

  ASSERT_TRUE(Keep(5).ok());

  EXPECT_EQ(disk_.files.operations() - before_one, 2 * of_one);
}

TEST_F(LocalLogTest, NumbersGoOnAndPlacesNeverGoBack) {
  ASSERT_TRUE(Keep(2, 50).ok());
  Restart();

  ASSERT_TRUE(Keep(1, 30).ok());
  ASSERT_TRUE(Keep(1, 60).ok());
  Restart();

  EXPECT_EQ(ReadAll(1), Range(1, 4));
  EXPECT_EQ(Read(3).events.at(0).place.after_global, Sequence(50));
  EXPECT_EQ(Read(4).events.at(0).place.after_global, Sequence(60));
}

TEST_F(LocalLogTest, ANumberSurvivesARestartRightAfterACheckpoint) {
  KeepEach(60, 5);
  disk_.files.SetRoom(0);
  ASSERT_FALSE(Keep(1).ok());
  disk_.files.SetRoom(UINT64_MAX);
  loop_.Ring();
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(Keep(1, 5).ok());
    const LocalNumber shown = disk_.log->shown();
    Restart();
    ASSERT_EQ(disk_.log->shown(), shown);
    ASSERT_EQ(disk_.log->kept().after_global, Sequence(5));
  }
}

TEST_F(LocalLogTest, AFullDiskKeepsNothingNewAndHeals) {
  ASSERT_TRUE(Keep(2).ok());
  disk_.files.SetRoom(0);
  const absl::Status first = Keep(2);
  const absl::Status second = Keep(3);

  EXPECT_TRUE(absl::IsUnavailable(first));
  EXPECT_TRUE(absl::IsUnavailable(second));
  EXPECT_THAT(std::string(second.message()), HasSubstr("No space left"));
  EXPECT_THAT(std::string(second.message()), HasSubstr("was shown"));
  EXPECT_THAT(disk_.log->Problem(), HasSubstr("No space left"));
  EXPECT_TRUE(disk_.log->Admit().ok());
  loop_.Ring();
  EXPECT_TRUE(absl::IsUnavailable(Keep(1)));

  disk_.files.SetRoom(UINT64_MAX);
  loop_.Ring();

  EXPECT_EQ(disk_.log->Problem(), "");
  ASSERT_TRUE(Keep(2).ok());
  for (int i = 0; i < 2; ++i) {
    // 3 and 4 waited for room; 5 to 8 were not kept.
    EXPECT_EQ(ReadAll(1), (Numbers{1, 2, 3, 4, 9, 10}));
    EXPECT_EQ(NumbersOf(Read(6)), (Numbers{9, 10}));
    EXPECT_EQ(NumbersOf(Read(10)), (Numbers{10}));
    Restart();
    EXPECT_EQ(disk_.log->shown(), LocalNumber(10));
  }
}

TEST_F(LocalLogTest, AFailedSyncIsForGoodUntilARestart) {
  ASSERT_TRUE(Keep(2).ok());
  disk_.files.FailNextSync();

  EXPECT_TRUE(absl::IsUnavailable(Keep(1)));
  loop_.Ring();
  EXPECT_TRUE(absl::IsUnavailable(Keep(2)));
  EXPECT_THAT(disk_.log->Problem(), HasSubstr("Input/output error"));
  const LocalChunk missing = Read(4);
  EXPECT_TRUE(missing.events.empty());
  EXPECT_EQ(missing.through, LocalNumber(5));

  LosePower();
  EXPECT_EQ(disk_.log->Problem(), "");
  EXPECT_TRUE(Keep(1).ok());
}

TEST_F(LocalLogTest, BeyondTheBoundNothingMoreIsTaken) {
  constexpr size_t kLarge = size_t{1} << 20;
  Show(static_cast<int>(LocalLog::kUnsyncedBytesMax / kLarge), 0, kLarge);
  EXPECT_TRUE(absl::IsResourceExhausted(disk_.log->Admit()));

  const LocalNumber kept = disk_.log->kept().number;
  Show(1);  // As the bus's own events come, whom nobody can refuse.
  EXPECT_EQ(disk_.log->kept().number, kept);
  loop_.Run();

  EXPECT_TRUE(disk_.log->Admit().ok());
  EXPECT_TRUE(Keep(1).ok());
}

TEST_F(LocalLogTest, TheOldestGoAndTheRestIsReadOn) {
  KeepEach(400);
  const LocalChunk first = Read(1, kOneByte);

  ASSERT_EQ(first.events.size(), 1U);
  const uint64_t oldest = first.events[0].place.number.value();
  EXPECT_GT(oldest, 200U);
  EXPECT_LT(oldest, 380U);
  EXPECT_FALSE(first.damaged);
  EXPECT_EQ(ReadAll(1), Range(oldest, 400));
  Restart();
  EXPECT_EQ(ReadAll(1), Range(oldest, 400));
}

TEST_F(LocalLogTest, TheOldestGoHoweverMuchComesAtOnce) {
  ASSERT_TRUE(Keep(400).ok());
  ASSERT_TRUE(Keep(400).ok());

  const Numbers held = ReadAll(1);
  EXPECT_GT(held.front(), 400U);
  EXPECT_EQ(held, Range(held.front(), 800));
  Restart();
  EXPECT_EQ(ReadAll(1), held);
}

TEST_F(LocalLogTest, FindsWhatLiesAfterAGlobalEvent) {
  EXPECT_EQ(StartAfter(0), 1U);
  EXPECT_EQ(StartAfter(9), 1U);
  for (uint64_t global = 10; global <= 50; global += 10) {
    KeepEach(4, global);
  }

  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(StartAfter(0), 1U);
    EXPECT_EQ(StartAfter(10), 1U);
    EXPECT_EQ(StartAfter(11), 5U);
    EXPECT_EQ(StartAfter(20), 5U);
    EXPECT_EQ(StartAfter(45), 17U);
    EXPECT_EQ(StartAfter(50), 17U);
    EXPECT_EQ(StartAfter(51), 21U);
    Restart();
  }
}

TEST_F(LocalLogTest, WhatWasTrimmedAfterThatGlobalEventCounts) {
  KeepEach(1, 1);
  KeepEach(400, 2);
  const uint64_t oldest = Read(1, kOneByte).events.at(0).place.number.value();

  EXPECT_EQ(StartAfter(2), 1U);
  EXPECT_EQ(StartAfter(3), 402U);
  KeepEach(400, 3);
  EXPECT_GT(Read(1, kOneByte).events.at(0).place.number.value(), oldest);
}

TEST_F(LocalLogTest, DamageIsPassedOverAndNamed) {
  KeepEach(100);
  const Numbers held = ReadAll(1);
  Restart();
  const std::vector<std::string> segments = Segments();
  ASSERT_GE(segments.size(), 4U);
  disk_.files.FlipBit(segments[1], disk_.files.Contents(segments[1]).size() / 2);

  bool damaged = false;
  Numbers read;
  for (uint64_t from = 1; from <= 100;) {
    const LocalChunk chunk = Read(from, kOneByte);
    damaged = damaged || chunk.damaged;
    const Numbers numbers = NumbersOf(chunk);
    read.insert(read.end(), numbers.begin(), numbers.end());
    from = chunk.through.value() + 1;
  }

  EXPECT_TRUE(damaged);
  EXPECT_LT(read.size(), held.size());
  EXPECT_EQ(read.front(), held.front());
  EXPECT_EQ(read.back(), held.back());
  EXPECT_THAT(disk_.log->Problem(), HasSubstr(segments[1]));
  ASSERT_TRUE(Keep(1).ok());
}

TEST_F(LocalLogTest, ManyReadAtOnce) {
  KeepEach(50);
  Restart();
  constexpr size_t kReaders = 4 * LocalHistory::kReadsMax;
  size_t read = 0;
  for (size_t i = 0; i < kReaders; ++i) {
    disk_.history->Read(LocalNumber(1), kOneByte,
                        [&read](const LocalChunk& chunk) { read += chunk.events.size(); });
  }
  loop_.Run();

  EXPECT_EQ(read, kReaders);
}

TEST(LocalEvent, WhatIsNoneIsDataLoss) {
  const auto record = [](const std::string& payload, uint64_t index) {
    return journal::Record{.index = Index(index),
                           .payload = std::make_shared<const std::string>(payload)};
  };
  const std::string payload = ToPayload({{LocalNumber(4), Sequence(9)}, "event"});

  EXPECT_EQ(LocalEventOf(record(payload, 4))->encoded, "event");
  EXPECT_TRUE(absl::IsDataLoss(LocalEventOf(record(payload.substr(0, 15), 1)).status()));
  EXPECT_TRUE(absl::IsDataLoss(LocalEventOf(record(payload, 5)).status()));
  journal::Recovered recovered;
  recovered.checkpoint.index = Index(3);
  EXPECT_TRUE(absl::IsDataLoss(LastPlaceOf(recovered).status()));
}

}  // namespace
}  // namespace peal::server
