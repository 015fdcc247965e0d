#include "core/filter/glob.h"

#include <gtest/gtest.h>

namespace peal::filter {
namespace {

bool Matches(std::string_view glob, std::string_view type) {
  const absl::StatusOr<TypeGlob> parsed = TypeGlob::Parse(glob);
  EXPECT_TRUE(parsed.ok()) << glob;
  return parsed.ok() && parsed->Matches(type);
}

TEST(TypeGlob, MatchesTheWholeType) {
  EXPECT_TRUE(Matches("ip.added", "ip.added"));
  EXPECT_FALSE(Matches("ip.added", "ip.adde"));
  EXPECT_FALSE(Matches("ip.added", "ip.added2"));
  EXPECT_FALSE(Matches("ip", "ip.added"));
}

TEST(TypeGlob, AStarIsAnyRunDotsIncluded) {
  EXPECT_TRUE(Matches("*", "ip.added"));
  EXPECT_TRUE(Matches("ip.*", "ip.added.twice"));
  EXPECT_TRUE(Matches("ip.*", "ip."));
  EXPECT_TRUE(Matches("*.added", "ip.added"));
  EXPECT_TRUE(Matches("i*a*d", "ip.added"));
  EXPECT_TRUE(Matches("**", "x"));
  EXPECT_FALSE(Matches("ip.*", "link.up"));
  EXPECT_FALSE(Matches("*x*", "ip.added"));
}

TEST(TypeGlob, AQuestionMarkIsOneCharacter) {
  EXPECT_TRUE(Matches("i?.added", "ip.added"));
  EXPECT_FALSE(Matches("ip.added?", "ip.added"));
  EXPECT_TRUE(Matches("*?", "a"));
  EXPECT_FALSE(Matches("?*?", "a"));
}

TEST(TypeGlob, GoesBackToTheLastStar) {
  EXPECT_TRUE(Matches("*ab*abc", "ababababc"));
  EXPECT_FALSE(Matches("*ab*abc", "abababab"));
}

TEST(TypeGlob, StaysFastWhereBacktrackingWouldNot) {
  std::string glob;
  for (int i = 0; i < 64; ++i) {
    glob += "*a";
  }
  EXPECT_FALSE(Matches(glob + "b", std::string(1000, 'a')));
}

TEST(TypeGlob, RefusesWhatNoTypeCanMatch) {
  EXPECT_EQ(TypeGlob::Parse("").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(TypeGlob::Parse("a b").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(TypeGlob::Parse(std::string(kGlobBytesMax, 'a')).ok());
  EXPECT_FALSE(TypeGlob::Parse(std::string(kGlobBytesMax + 1, 'a')).ok());
}

}  // namespace
}  // namespace peal::filter
