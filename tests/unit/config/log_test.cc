#include "core/log.h"

#include <gtest/gtest.h>

namespace peal::log {
namespace {

using std::chrono::steady_clock;

TEST(Log, KnowsItsLevelsByName) {
  EXPECT_EQ(LevelFromName("debug"), Level::kDebug);
  EXPECT_EQ(LevelFromName("error"), Level::kError);
  EXPECT_EQ(LevelFromName("loud"), std::nullopt);
}

TEST(Log, WritesOneLineAnOccurrence) {
  testing::internal::CaptureStderr();

  Warn("a name with a {}break", '\n');
  Debug("not at this level");

  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(text.ends_with("Z warn  a name with a ?break\n")) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST(LineBudget, CountsWhatItLeavesOut) {
  LineBudget budget;
  const steady_clock::time_point start(std::chrono::hours(1));
  uint64_t suppressed = 0;
  for (int i = 0; i < LineBudget::kLinesMax; ++i) {
    EXPECT_TRUE(budget.Take(start, &suppressed));
  }
  EXPECT_FALSE(budget.Take(start, &suppressed));
  EXPECT_FALSE(budget.Take(start, &suppressed));

  EXPECT_TRUE(budget.Take(start + LineBudget::kPeriod, &suppressed));

  EXPECT_EQ(suppressed, 2U);
}

}  // namespace
}  // namespace peal::log
