#include "bench/ordering_bench.h"

#include <gtest/gtest.h>

namespace peal::bench {
namespace {

using std::chrono::milliseconds;

TEST(OrderingBench, CountsWhatEveryNodeHasShown) {
  const OrderingBenchRow row =
      RunOrderingBench({.nodes = 3, .data_bytes = 100, .outstanding = 50, .time = milliseconds(5)});

  EXPECT_GE(row.events, 50U);
  EXPECT_GT(row.entries, 0U);
  EXPECT_LE(row.entries, row.events);
  EXPECT_GE(row.seconds, 0.005);
  const auto events = static_cast<double>(row.events);
  EXPECT_DOUBLE_EQ(row.events_per_s, events / row.seconds);
  EXPECT_DOUBLE_EQ(row.bytes_per_s, 100 * row.events_per_s);
  EXPECT_DOUBLE_EQ(row.node_per_s, 3 * row.events_per_s);
}

TEST(OrderingBench, OneOutstandingEventIsAnEntry) {
  const OrderingBenchRow row =
      RunOrderingBench({.nodes = 1, .data_bytes = 1, .outstanding = 1, .time = milliseconds(1)});

  EXPECT_GT(row.events, 0U);
  EXPECT_EQ(row.entries, row.events);
}

TEST(OrderingBench, EventsBeyondABatchMakeSeveralEntries) {
  const OrderingBenchRow row = RunOrderingBench(
      {.nodes = 2, .data_bytes = 20'000, .outstanding = 10, .time = milliseconds(1)});

  EXPECT_EQ(row.entries, row.events);
}

}  // namespace
}  // namespace peal::bench
