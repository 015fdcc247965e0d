#include "core/io/account.h"

#include <gtest/gtest.h>

namespace peal::io {
namespace {

TEST(Account, KnowsTheSystemsUsersAndGroups) {
  EXPECT_EQ(FindUser("root").value(), 0U);
  EXPECT_EQ(FindGroup("root").value(), 0U);
}

TEST(Account, SaysWhenThereIsNone) {
  for (const std::string name : {"no-such-one", "", "0"}) {
    EXPECT_EQ(FindUser(name).status().code(), absl::StatusCode::kNotFound) << name;
    EXPECT_EQ(FindGroup(name).status().code(), absl::StatusCode::kNotFound) << name;
  }
}

TEST(Account, ANameThatGoesOnAfterAZeroByteIsNotTheOneBeforeIt) {
  EXPECT_FALSE(FindUser(std::string("root\0x", 6)).ok());
}

}  // namespace
}  // namespace peal::io
