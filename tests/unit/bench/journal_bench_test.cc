#include "bench/journal_bench.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temp_folder.h"

namespace peal::bench {
namespace {

using std::chrono::milliseconds;

TEST(JournalBench, OneOutstandingRecordIsASync) {
  const testing_support::TempFolder folder;

  const auto row = RunJournalBench(
      {.folder = folder.path(), .record_bytes = 1000, .outstanding = 1, .time = milliseconds(10)});

  ASSERT_TRUE(row.ok()) << row.status();
  EXPECT_GT(row->records, 0U);
  EXPECT_EQ(row->syncs, row->records);
  EXPECT_GE(row->sync_p99_us, row->sync_p50_us);
  EXPECT_DOUBLE_EQ(row->bytes_per_s, 1000 * row->records_per_s);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(JournalBench, ManyOutstandingRecordsShareASync) {
  const testing_support::TempFolder folder;

  const auto row = RunJournalBench(
      {.folder = folder.path(), .record_bytes = 100, .outstanding = 20, .time = milliseconds(10)});

  ASSERT_TRUE(row.ok()) << row.status();
  EXPECT_EQ(row->records, 10 * row->syncs);
}

TEST(JournalBench, WritesMoreThanItKeeps) {
  const testing_support::TempFolder folder;

  // Some segments of 64 MiB: the first one is no longer appended to, and checkpoints are made.
  const auto row = RunJournalBench({.folder = folder.path(),
                                    .record_bytes = 1 << 20,
                                    .outstanding = 64,
                                    .time = milliseconds(300)});

  ASSERT_TRUE(row.ok()) << row.status();
  EXPECT_GT(row->records, 0U);
}

TEST(JournalBench, AFolderThatIsNotThereIsNamed) {
  const auto row = RunJournalBench({.folder = "/nonexistent"});

  EXPECT_EQ(row.status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace peal::bench
