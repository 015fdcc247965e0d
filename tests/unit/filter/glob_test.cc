#include "core/filter/glob.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

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

bool Covers(std::string_view glob, std::string_view other) {
  return TypeGlob::Parse(glob)->Covers(*TypeGlob::Parse(other));
}

TEST(TypeGlob, CoversWhatItsLettersTakeIn) {
  EXPECT_TRUE(Covers("*", "*"));
  EXPECT_TRUE(Covers("app.*", "app.*"));
  EXPECT_TRUE(Covers("app.*", "app.disk.*"));
  EXPECT_TRUE(Covers("app.*", "app.?"));
  EXPECT_TRUE(Covers("app.?", "app.?"));
  EXPECT_TRUE(Covers("a*c", "a*b*c"));
  EXPECT_TRUE(Covers("app.*", "app.started"));
  EXPECT_FALSE(Covers("app.*", "*"));
  EXPECT_FALSE(Covers("app.*", "app*"));
  EXPECT_FALSE(Covers("app.?", "app.*"));
  EXPECT_FALSE(Covers("?", "*"));
  EXPECT_FALSE(Covers("app.started", "app.?tarted"));
}

// All globs and types of three letters of a small alphabet.
TEST(TypeGlob, WhatItCoversItMatches) {
  std::vector<std::string> words = {""};
  for (size_t i = 0; i < words.size() && words[i].size() < 3; ++i) {
    for (const char c : {'a', 'b', '*', '?'}) {
      words.push_back(words[i] + c);
    }
  }
  size_t covered = 0;
  for (const std::string& glob : words) {
    for (const std::string& other : words) {
      if (glob.empty() || other.empty() || !Covers(glob, other)) {
        continue;
      }
      ++covered;
      for (const std::string& type : words) {
        if (type.find_first_of("*?") == type.npos && Matches(other, type)) {
          EXPECT_TRUE(Matches(glob, type)) << glob << " covers " << other << ", not " << type;
        }
      }
    }
  }
  EXPECT_GT(covered, words.size());
}

TEST(TypeGlob, TwoOverlapWhenOneTextMatchesBoth) {
  const auto overlap = [](const char* a, const char* b) {
    const bool one = Overlap(*TypeGlob::Parse(a), *TypeGlob::Parse(b));
    EXPECT_EQ(one, Overlap(*TypeGlob::Parse(b), *TypeGlob::Parse(a))) << a << " " << b;
    return one;
  };
  EXPECT_TRUE(overlap("fs.sample", "fs.sample"));
  EXPECT_TRUE(overlap("fs.sample", "fs.*"));
  EXPECT_TRUE(overlap("*", "fs.*"));
  EXPECT_TRUE(overlap("*.sample", "fs.*"));
  EXPECT_TRUE(overlap("fs.*", "fs."));
  EXPECT_TRUE(overlap("a*c", "?b*"));
  EXPECT_TRUE(overlap("*a*b", "b*a*"));
  EXPECT_FALSE(overlap("fs.sample", "fs.other"));
  EXPECT_FALSE(overlap("fs.*", "ip.*"));
  EXPECT_FALSE(overlap("fs.?", "fs."));
  EXPECT_FALSE(overlap("*a", "*b"));
}

TEST(TypeGlob, RefusesWhatNoTypeCanMatch) {
  EXPECT_EQ(TypeGlob::Parse("").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(TypeGlob::Parse("a b").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(TypeGlob::Parse(std::string(kGlobBytesMax, 'a')).ok());
  EXPECT_FALSE(TypeGlob::Parse(std::string(kGlobBytesMax + 1, 'a')).ok());
}

}  // namespace
}  // namespace peal::filter
