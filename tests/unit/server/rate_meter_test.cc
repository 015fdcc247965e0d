#include "core/server/rate_meter.h"

#include <gtest/gtest.h>

namespace peal::server {
namespace {

using std::chrono::seconds;

RateMeter::TimePoint At(int second) {
  return RateMeter::TimePoint(seconds(1000 + second));
}

TEST(RateMeter, IsAnAverageOverTheWindow) {
  RateMeter meter;
  for (int second = 0; second < 10; ++second) {
    meter.Add(At(second), 50);
  }
  EXPECT_DOUBLE_EQ(meter.PerSecond(At(10)), 50.0);
  EXPECT_DOUBLE_EQ(meter.PerSecond(At(15)), 25.0);
}

TEST(RateMeter, LeavesOutTheSecondUnderWay) {
  RateMeter meter;
  meter.Add(At(0), 100);
  EXPECT_DOUBLE_EQ(meter.PerSecond(At(0)), 0.0);
  EXPECT_DOUBLE_EQ(meter.PerSecond(At(1)), 10.0);
}

TEST(RateMeter, ForgetsWhatIsOlderThanTheWindow) {
  RateMeter meter;
  meter.Add(At(0), 100);
  EXPECT_DOUBLE_EQ(meter.PerSecond(At(10)), 10.0);
  EXPECT_DOUBLE_EQ(meter.PerSecond(At(11)), 0.0);
  EXPECT_DOUBLE_EQ(meter.PerSecond(At(100000)), 0.0);
}

}  // namespace
}  // namespace peal::server
