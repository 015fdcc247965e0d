#include "tools/peal/exit_code.h"

#include <gtest/gtest.h>

#include "peal/error.h"

namespace peal::tool {
namespace {

TEST(ExitCode, IsTheContracts) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), 0);
  EXPECT_EQ(ExitCodeOf(absl::InternalError("")), 1);
  EXPECT_EQ(ExitCodeOf(absl::UnknownError("")), 1);
  EXPECT_EQ(ExitCodeOf(absl::UnimplementedError("")), 1);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("")), 65);
  EXPECT_EQ(ExitCodeOf(UnreachableError("")), 69);
  EXPECT_EQ(ExitCodeOf(absl::DataLossError("")), 74);
  EXPECT_EQ(ExitCodeOf(absl::ResourceExhaustedError("")), 75);
  EXPECT_EQ(ExitCodeOf(absl::PermissionDeniedError("")), 77);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("")), 105);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("")), 106);
  EXPECT_EQ(ExitCodeOf(absl::FailedPreconditionError("")), 108);
  EXPECT_EQ(ExitCodeOf(absl::OutOfRangeError("")), 110);
  EXPECT_EQ(ExitCodeOf(absl::DeadlineExceededError("")), 124);
}

TEST(Fail, SaysTheMessageAndGivesTheCode) {
  testing::internal::CaptureStderr();

  EXPECT_EQ(Fail(kExitBadData, "it is bad"), 65);

  EXPECT_EQ(testing::internal::GetCapturedStderr(), "peal: it is bad\n");
}

}  // namespace
}  // namespace peal::tool
