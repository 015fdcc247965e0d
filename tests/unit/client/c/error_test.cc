// The errors of peal.h.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>

#include "peal.h"
#include "peal/status.h"

namespace peal {
namespace {

TEST(CError, HasTheNumberOfItsKind) {
  EXPECT_EQ(PEAL_OK, static_cast<int>(ErrorKind::kNone));
  EXPECT_EQ(PEAL_ERR_UNREACHABLE, static_cast<int>(ErrorKind::kUnreachable));
  EXPECT_EQ(PEAL_ERR_NO_PRIMARY, static_cast<int>(ErrorKind::kNoPrimary));
  EXPECT_EQ(PEAL_ERR_TIMED_OUT, static_cast<int>(ErrorKind::kTimedOut));
  EXPECT_EQ(PEAL_ERR_INVALID, static_cast<int>(ErrorKind::kInvalid));
  EXPECT_EQ(PEAL_ERR_BUSY, static_cast<int>(ErrorKind::kBusy));
  EXPECT_EQ(PEAL_ERR_NOT_PERMITTED, static_cast<int>(ErrorKind::kNotPermitted));
  EXPECT_EQ(PEAL_ERR_NOT_FOUND, static_cast<int>(ErrorKind::kNotFound));
  EXPECT_EQ(PEAL_ERR_TRIMMED, static_cast<int>(ErrorKind::kTrimmed));
  EXPECT_EQ(PEAL_ERR_CONDITION, static_cast<int>(ErrorKind::kCondition));
  EXPECT_EQ(PEAL_ERR_DATA_LOSS, static_cast<int>(ErrorKind::kDataLoss));
  EXPECT_EQ(PEAL_ERR_ABORTED, static_cast<int>(ErrorKind::kAborted));
  EXPECT_EQ(PEAL_ERR_OTHER, static_cast<int>(ErrorKind::kOther));
}

TEST(CError, EachHasATextOfItsOwn) {
  std::set<std::string> texts;

  for (int error = PEAL_OK; error <= PEAL_ERR_OTHER; ++error) {
    texts.insert(peal_strerror(error));
  }

  EXPECT_EQ(texts.size(), 13U);
  EXPECT_THAT(texts, testing::Not(testing::Contains("")));
  EXPECT_THAT(texts, testing::Not(testing::Contains("unknown error")));
}

TEST(CError, ANumberThatIsNoneIsUnknown) {
  for (const int error :
       {-1, PEAL_ERR_OTHER + 1, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()}) {
    EXPECT_STREQ(peal_strerror(error), "unknown error");
  }
}

}  // namespace
}  // namespace peal
