#include "client/status_convert.h"

#include <gtest/gtest.h>

namespace peal::client {
namespace {

TEST(FromAbsl, KnowsEveryCodeOfTheProtocol) {
  const auto kind = [](absl::StatusCode code) { return FromAbsl(absl::Status(code, "x")).kind(); };

  EXPECT_TRUE(FromAbsl(absl::OkStatus()).ok());
  EXPECT_EQ(kind(absl::StatusCode::kInvalidArgument), ErrorKind::kInvalid);
  EXPECT_EQ(kind(absl::StatusCode::kDeadlineExceeded), ErrorKind::kTimedOut);
  EXPECT_EQ(kind(absl::StatusCode::kNotFound), ErrorKind::kNotFound);
  EXPECT_EQ(kind(absl::StatusCode::kPermissionDenied), ErrorKind::kNotPermitted);
  EXPECT_EQ(kind(absl::StatusCode::kResourceExhausted), ErrorKind::kBusy);
  EXPECT_EQ(kind(absl::StatusCode::kFailedPrecondition), ErrorKind::kCondition);
  EXPECT_EQ(kind(absl::StatusCode::kAborted), ErrorKind::kAborted);
  EXPECT_EQ(kind(absl::StatusCode::kOutOfRange), ErrorKind::kTrimmed);
  EXPECT_EQ(kind(absl::StatusCode::kUnavailable), ErrorKind::kNoPrimary);
  EXPECT_EQ(kind(absl::StatusCode::kDataLoss), ErrorKind::kDataLoss);
  EXPECT_EQ(kind(absl::StatusCode::kInternal), ErrorKind::kOther);
  EXPECT_EQ(kind(absl::StatusCode::kUnimplemented), ErrorKind::kOther);
}

TEST(ToAbsl, IsTheOtherWayRound) {
  for (int i = 0; i <= static_cast<int>(ErrorKind::kOther); ++i) {
    const auto kind = static_cast<ErrorKind>(i);
    const Status back = FromAbsl(ToAbsl(Status(kind, "text")));

    // Both are one code.
    EXPECT_EQ(back.kind(), kind == ErrorKind::kUnreachable ? ErrorKind::kNoPrimary : kind);
    EXPECT_EQ(back.message(), kind == ErrorKind::kNone ? "" : "text");
  }
}

TEST(Status, TheFirstOfSeveralCounts) {
  Status status;
  status.Update({});
  EXPECT_TRUE(status.ok());

  status.Update({ErrorKind::kBusy, "first"});
  status.Update({ErrorKind::kOther, "second"});

  EXPECT_EQ(status, Status(ErrorKind::kBusy, "first"));
}

TEST(Result, IsAValueOrWhyThereIsNone) {
  const Result<std::string> value("x");
  const Result<std::string> none = Status(ErrorKind::kNotFound, "gone");
  const Result<std::optional<int>> nothing(std::nullopt);

  EXPECT_TRUE(nothing.ok());
  EXPECT_EQ(*value, "x");
  EXPECT_TRUE(value.status().ok());
  EXPECT_FALSE(none.ok());
  EXPECT_EQ(none.status().kind(), ErrorKind::kNotFound);
  EXPECT_DEATH(static_cast<void>(*none), "");
  EXPECT_DEATH(static_cast<void>(Result<int>(Status())), "");
}

}  // namespace
}  // namespace peal::client
