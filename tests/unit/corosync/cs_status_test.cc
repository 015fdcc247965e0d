#include "ordering/corosync/cs_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace peal::ordering::corosync {
namespace {

using ::testing::HasSubstr;

TEST(CsStatus, IsOkForOk) {
  EXPECT_TRUE(CsStatus(CS_OK, "cpg_join").ok());
}

TEST(CsStatus, NamesTheCallTheMeaningAndTheCode) {
  const absl::Status status = CsStatus(CS_ERR_LIBRARY, "cpg_join");

  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(std::string(status.message()), "cpg_join: corosync is not running (CS_ERR_LIBRARY, 2)");
}

TEST(CsStatus, TellsWhatIsToBeTriedAgainFromWhatIsForbidden) {
  EXPECT_EQ(CsStatus(CS_ERR_TRY_AGAIN, "").code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(CsStatus(CS_ERR_ACCESS, "").code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(CsStatus(CS_ERR_EXIST, "").code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(CsStatus(CS_ERR_BAD_HANDLE, "").code(), absl::StatusCode::kUnavailable);
}

TEST(CsStatus, GivesTheNumberOfACodeItDoesNotKnow) {
  const auto unknown = static_cast<cs_error_t>(77);

  EXPECT_EQ(CsStatus(unknown, "x").code(), absl::StatusCode::kInternal);
  EXPECT_THAT(CsErrorText(unknown), HasSubstr("77"));
}

}  // namespace
}  // namespace peal::ordering::corosync
