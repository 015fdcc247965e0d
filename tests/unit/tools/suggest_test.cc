#include "tools/peal/suggest.h"

#include <gtest/gtest.h>

#include <vector>

namespace peal::tool {
namespace {

TEST(EditDistance, CountsEachKindOfMistakeAsOne) {
  EXPECT_EQ(EditDistance("publish", "publish"), 0U);
  EXPECT_EQ(EditDistance("pubish", "publish"), 1U);
  EXPECT_EQ(EditDistance("publlish", "publish"), 1U);
  EXPECT_EQ(EditDistance("publich", "publish"), 1U);
  EXPECT_EQ(EditDistance("publihs", "publish"), 1U);
  EXPECT_EQ(EditDistance("", "abc"), 3U);
}

TEST(Nearest, IsOnlyWhatCouldHaveBeenMeant) {
  const std::vector<std::string> known = {"status", "publish", "ls"};

  EXPECT_EQ(Nearest("stauts", known), "status");
  EXPECT_EQ(Nearest("lss", known), "ls");
  EXPECT_EQ(Nearest("subscribe", known), "");
  EXPECT_EQ(Nearest("", known), "");
  EXPECT_EQ(Nearest(std::string(100'000, 's'), known), "");
}

}  // namespace
}  // namespace peal::tool
