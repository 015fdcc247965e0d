#include "tools/peal/table.h"

#include <gtest/gtest.h>

namespace peal::tool {
namespace {

TEST(Printable, LeavesTextAndWritesOutTheRest) {
  EXPECT_EQ(Printable("héllo ☃"), "héllo ☃");
  EXPECT_EQ(Printable("a\tb\x7f"), "a\\x09b\\x7f");
  EXPECT_EQ(Printable("é\x1b\xc2\x9b é"), "é\\x1b\\x9b é");
  EXPECT_EQ(Printable("a\xff"), "a\\xff");
  EXPECT_EQ(Printable("a\xc2"), "a\\xc2");
  EXPECT_EQ(Printable("\xc2\xa0"), "\xc2\xa0");
}

TEST(Table, AlignsByWhatIsSeen) {
  Table table({"NAME", "N"});
  table.Row({"é", "1"});
  table.Row({"longer", ""});

  EXPECT_EQ(table.Text(),
            "NAME    N\n"
            "é       1\n"
            "longer  -\n");
}

TEST(Padded, NeverCuts) {
  EXPECT_EQ(Padded("abc", 2), "abc");
  EXPECT_EQ(Padded("é", 3), "é  ");
}

}  // namespace
}  // namespace peal::tool
