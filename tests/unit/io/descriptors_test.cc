#include "core/io/descriptors.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace peal::io {
namespace {

// The test's own limit is as before after each.
class DescriptorsTest : public testing::Test {
 protected:
  DescriptorsTest() { EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &before_), 0); }
  DescriptorsTest(const DescriptorsTest&) = delete;
  DescriptorsTest& operator=(const DescriptorsTest&) = delete;
  ~DescriptorsTest() override { setrlimit(RLIMIT_NOFILE, &before_); }

  void SetSoft(rlim_t soft) const {
    const rlimit limit{.rlim_cur = soft, .rlim_max = before_.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  }
  static rlim_t Soft() {
    rlimit limit{};
    EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    return limit.rlim_cur;
  }

  rlimit before_{};
};

TEST_F(DescriptorsTest, ALowerLimitIsRaised) {
  SetSoft(64);

  EXPECT_EQ(AllowDescriptors(80), 80U);

  EXPECT_EQ(Soft(), 80U);
}

TEST_F(DescriptorsTest, AHigherLimitStays) {
  SetSoft(64);

  EXPECT_EQ(AllowDescriptors(50), 64U);

  EXPECT_EQ(Soft(), 64U);
}

TEST_F(DescriptorsTest, BeyondTheHardLimitItIsThat) {
  SetSoft(64);

  EXPECT_EQ(AllowDescriptors(static_cast<size_t>(before_.rlim_max) + 1), before_.rlim_max);
}

}  // namespace
}  // namespace peal::io
