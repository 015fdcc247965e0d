#include "core/base/time_format.h"

#include <gtest/gtest.h>

namespace peal::base {
namespace {

using std::chrono::microseconds;

std::string Reformat(std::string_view text) {
  const auto time = ParseTimestamp(text);
  return time.ok() ? FormatTimestamp(*time) : "bad";
}

TEST(Timestamp, IsWrittenInUtcWithMicroseconds) {
  EXPECT_EQ(FormatTimestamp({0}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(FormatTimestamp({1}), "1970-01-01T00:00:00.000001Z");
  EXPECT_EQ(FormatTimestamp({-1}), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(FormatTimestamp({1709210096123456}), "2024-02-29T12:34:56.123456Z");
}

TEST(Timestamp, OutsideOfItsRangeIsTheNearestThatCanBeWritten) {
  EXPECT_EQ(FormatTimestamp({INT64_MIN}), "0001-01-01T00:00:00.000000Z");
  EXPECT_EQ(FormatTimestamp({INT64_MAX}), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(FormatTimestamp(kTimestampMin), "0001-01-01T00:00:00.000000Z");
  EXPECT_EQ(FormatTimestamp(kTimestampMax), "9999-12-31T23:59:59.999999Z");
}

TEST(Timestamp, ReadsWhatItWrites) {
  for (const int64_t us :
       {kTimestampMin.us, INT64_C(-1), INT64_C(0), INT64_C(1709210096123456), kTimestampMax.us}) {
    EXPECT_EQ(*ParseTimestamp(FormatTimestamp({us})), Timestamp{us});
  }
}

TEST(Timestamp, TakesOffsetsFractionsAndLeapSeconds) {
  EXPECT_EQ(Reformat("2024-02-29T12:34:56Z"), "2024-02-29T12:34:56.000000Z");
  EXPECT_EQ(Reformat("2024-02-29t12:34:56.5z"), "2024-02-29T12:34:56.500000Z");
  EXPECT_EQ(Reformat("2024-02-29T12:34:56.1234569Z"), "2024-02-29T12:34:56.123456Z");
  EXPECT_EQ(Reformat("2024-02-29T01:00:00+02:30"), "2024-02-28T22:30:00.000000Z");
  EXPECT_EQ(Reformat("2024-02-29T23:00:00-02:30"), "2024-03-01T01:30:00.000000Z");
  EXPECT_EQ(Reformat("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00.000000Z");
}

TEST(Timestamp, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "now", "2024-02-29", "2024-02-29T12:34:56", "2023-02-29T12:34:56Z",
        "2024-13-01T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z",
        "2024-01-01T00:00:61Z", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00+2:00",
        "2024-01-01T00:00:00Zx", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-00:01",
        "24-01-01T00:00:00Z"}) {
    EXPECT_EQ(ParseTimestamp(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(Duration, TakesEachUnit) {
  EXPECT_EQ(*ParseDuration("300us"), microseconds(300));
  EXPECT_EQ(*ParseDuration("250ms"), microseconds(250'000));
  EXPECT_EQ(*ParseDuration("5s"), microseconds(5'000'000));
  EXPECT_EQ(*ParseDuration("2m"), microseconds(120'000'000));
  EXPECT_EQ(*ParseDuration("1h"), microseconds(3'600'000'000));
  EXPECT_EQ(*ParseDuration("1.5s"), microseconds(1'500'000));
  EXPECT_EQ(*ParseDuration("0s"), microseconds(0));
}

TEST(Duration, RefusesWhatIsNoDuration) {
  for (const char* text : {"", "5", "s", "-5s", "5 s", "5x", "1.s", "1.2.3s", "+5s", "5S",
                           "99999999999999999999s", "100000000h", "87673h"}) {
    EXPECT_EQ(ParseDuration(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(Size, TakesBytesAndUnits) {
  EXPECT_EQ(*ParseSize("0"), 0U);
  EXPECT_EQ(*ParseSize("4096"), 4096U);
  EXPECT_EQ(*ParseSize("64B"), 64U);
  EXPECT_EQ(*ParseSize("500KiB"), 512'000U);
  EXPECT_EQ(*ParseSize("64MiB"), 67'108'864U);
  EXPECT_EQ(*ParseSize("1GiB"), 1'073'741'824U);
  EXPECT_EQ(*ParseSize("1.5KiB"), 1536U);
}

TEST(Size, RefusesWhatIsNoSize) {
  for (const char* text :
       {"", "MiB", "1MB", "1 MiB", "-1", "1.5", "9223372036854775808", "8589934592GiB", "64mib"}) {
    EXPECT_EQ(ParseSize(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace peal::base
