#include "peal/error.h"

#include <gtest/gtest.h>

namespace peal {
namespace {

TEST(ErrorKind, TellsNoDaemonFromNoPrimary) {
  EXPECT_EQ(KindOf(UnreachableError("gone")), ErrorKind::kUnreachable);
  EXPECT_EQ(KindOf(absl::UnavailableError("minority")), ErrorKind::kNoPrimary);
  EXPECT_EQ(UnreachableError("gone").code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(UnreachableError("gone").message(), "gone");
}

TEST(ErrorKind, IsKnownForEveryCodeOfTheProtocol) {
  EXPECT_EQ(KindOf(absl::OkStatus()), ErrorKind::kNone);
  EXPECT_EQ(KindOf(absl::InvalidArgumentError("")), ErrorKind::kInvalid);
  EXPECT_EQ(KindOf(absl::DeadlineExceededError("")), ErrorKind::kTimedOut);
  EXPECT_EQ(KindOf(absl::NotFoundError("")), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(absl::PermissionDeniedError("")), ErrorKind::kNotPermitted);
  EXPECT_EQ(KindOf(absl::ResourceExhaustedError("")), ErrorKind::kBusy);
  EXPECT_EQ(KindOf(absl::FailedPreconditionError("")), ErrorKind::kCondition);
  EXPECT_EQ(KindOf(absl::OutOfRangeError("")), ErrorKind::kTrimmed);
  EXPECT_EQ(KindOf(absl::DataLossError("")), ErrorKind::kDataLoss);
  EXPECT_EQ(KindOf(absl::InternalError("")), ErrorKind::kOther);
  EXPECT_EQ(KindOf(absl::UnimplementedError("")), ErrorKind::kOther);
}

}  // namespace
}  // namespace peal
