#include "tools/peal/latencies.h"

#include <gtest/gtest.h>

namespace peal::tool {
namespace {

using std::chrono::microseconds;

TEST(Latencies, OfNothingAreZero) {
  const auto summary = Latencies().Summarize();

  EXPECT_EQ(summary.count, 0U);
  EXPECT_EQ(summary.max, microseconds(0));
}

TEST(Latencies, PercentilesAreNearestRank) {
  Latencies latencies;
  for (int i = 100; i >= 1; --i) {
    latencies.Add(microseconds(i));
  }

  const auto summary = latencies.Summarize();

  EXPECT_EQ(summary.count, 100U);
  EXPECT_EQ(summary.p50, microseconds(50));
  EXPECT_EQ(summary.p99, microseconds(99));
  EXPECT_EQ(summary.max, microseconds(100));
}

TEST(Latencies, OneSampleIsEveryPercentile) {
  Latencies latencies;
  latencies.Add(microseconds(7));

  EXPECT_EQ(latencies.Summarize().p50, microseconds(7));
  EXPECT_EQ(latencies.Summarize().p99, microseconds(7));
}

TEST(Latencies, TakeInThoseOfOthers) {
  Latencies low;
  Latencies high;
  for (int i = 1; i <= 50; ++i) {
    low.Add(microseconds(i));
    high.Add(microseconds(50 + i));
  }

  low.Add(high);

  EXPECT_EQ(low.count(), 100U);
  EXPECT_EQ(low.Summarize().p99, microseconds(99));
  EXPECT_EQ(low.Summarize().max, microseconds(100));
}

TEST(Latencies, BeyondTheLimitStillCountAndKeepTheMaximum) {
  Latencies latencies;
  for (size_t i = 0; i < 3 * Latencies::kSamplesMax; ++i) {
    latencies.Add(microseconds(i < Latencies::kSamplesMax ? 1 : 2));
  }
  latencies.Add(microseconds(1000));

  const auto summary = latencies.Summarize();

  EXPECT_EQ(summary.count, 3 * Latencies::kSamplesMax + 1);
  EXPECT_EQ(summary.max, microseconds(1000));
  // Two thirds of all samples are 2: a choice that keeps only the first ones would say 1.
  EXPECT_EQ(summary.p50, microseconds(2));
}

}  // namespace
}  // namespace peal::tool
