#include "tools/peal/exit_code.h"

#include <gtest/gtest.h>

namespace peal::tool {
namespace {

TEST(ExitCode, IsTheContracts) {
  const auto code = [](ErrorKind kind) { return ExitCodeOf(Status(kind, "")); };

  EXPECT_EQ(ExitCodeOf(Status()), 0);
  EXPECT_EQ(code(ErrorKind::kOther), 1);
  EXPECT_EQ(code(ErrorKind::kAborted), 1);
  EXPECT_EQ(code(ErrorKind::kInvalid), 65);
  EXPECT_EQ(code(ErrorKind::kUnreachable), 69);
  EXPECT_EQ(code(ErrorKind::kDataLoss), 74);
  EXPECT_EQ(code(ErrorKind::kBusy), 75);
  EXPECT_EQ(code(ErrorKind::kNotPermitted), 77);
  EXPECT_EQ(code(ErrorKind::kNotFound), 105);
  EXPECT_EQ(code(ErrorKind::kNoPrimary), 106);
  EXPECT_EQ(code(ErrorKind::kCondition), 108);
  EXPECT_EQ(code(ErrorKind::kTrimmed), 110);
  EXPECT_EQ(code(ErrorKind::kTimedOut), 124);
}

TEST(Fail, SaysTheMessageAndGivesTheCode) {
  testing::internal::CaptureStderr();

  EXPECT_EQ(Fail(kExitBadData, "it is bad"), 65);

  EXPECT_EQ(Fail(absl::DataLossError("it is torn")), 74);

  EXPECT_EQ(testing::internal::GetCapturedStderr(), "peal: it is bad\npeal: it is torn\n");
}

}  // namespace
}  // namespace peal::tool
