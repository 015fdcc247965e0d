#include "bench/filter_bench.h"

#include <gtest/gtest.h>

namespace peal::bench {
namespace {

using std::chrono::milliseconds;

TEST(FilterBench, HalfOfTheEventsPass) {
  const auto row =
      RunFilterBench("type = 'a.b' AND usedpct > 75.5 AND subject LIKE '/var%'", milliseconds(1));

  ASSERT_TRUE(row.ok());
  EXPECT_DOUBLE_EQ(row->passed_share, 0.5);
  EXPECT_GT(row->evaluations_per_s, 0);
  EXPECT_GT(row->reads_per_s, 0);
}

TEST(FilterBench, RefusesWhatIsNoFilter) {
  EXPECT_EQ(RunFilterBench("usedpct >", milliseconds(1)).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(IndexBench, AnEventPassesOneFilter) {
  for (const size_t subscriptions : {1U, 100U, 1000U}) {
    EXPECT_DOUBLE_EQ(RunIndexBench(subscriptions, milliseconds(1)).matches, 1);
  }
}

}  // namespace
}  // namespace peal::bench
