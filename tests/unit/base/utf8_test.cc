#include "core/base/utf8.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace peal::base {
namespace {

TEST(Utf8, TakesEachLengthAtItsEdges) {
  for (const char* text :
       {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsUtf8(text)) << testing::PrintToString(text);
  }
  EXPECT_TRUE(IsUtf8(std::string_view("\0", 1)));
}

TEST(Utf8, RefusesOverlongFormsSurrogatesAndBeyond) {
  for (const char* text : {"\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf",
                           "\xe1\x80", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                           "\xf5\x80\x80\x80", "\xff", "good\xe1\x80"}) {
    EXPECT_FALSE(IsUtf8(text)) << testing::PrintToString(text);
  }
}

TEST(Utf8, SeesWhatIsWrongAnywhereInALongText) {
  const std::string good = "twenty letters and \u00e9";
  ASSERT_TRUE(IsUtf8(good));
  for (size_t i = 0; i <= good.size(); ++i) {
    std::string bad = good;
    bad.insert(i, 1, '\xff');
    EXPECT_FALSE(IsUtf8(bad)) << i;
    std::string longer = good;
    longer.insert(std::min(i, good.size() - 2), "\u20ac");
    EXPECT_TRUE(IsUtf8(longer)) << i;
  }
}

TEST(Utf8, FindsControlCharacters) {
  EXPECT_EQ(FindControlCharacter("plain \xc3\xa9 text \xc2\xa0"), std::nullopt);
  EXPECT_EQ(FindControlCharacter("a\nb"), 0x0aU);
  EXPECT_EQ(FindControlCharacter("a\x7f"), 0x7fU);
  EXPECT_EQ(FindControlCharacter("a\xc2\x9f"), 0x9fU);
  EXPECT_EQ(FindControlCharacter(std::string_view("\0", 1)), 0U);
}

}  // namespace
}  // namespace peal::base
