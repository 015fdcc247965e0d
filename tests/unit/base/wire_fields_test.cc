#include "core/base/wire_fields.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fmt/format.h"

namespace peal::base {
namespace {

// Each field, then what came of the whole.
std::string TextOf(std::string_view encoded) {
  std::string text;
  WireFields fields(encoded);
  while (fields.Next()) {
    text += fields.type() == WireType::kBytes
                ? fmt::format("{}='{}' ", fields.number(), fields.bytes())
                : fmt::format("{}={} ", fields.number(), fields.value());
  }
  EXPECT_FALSE(fields.Next());
  return text + (fields.whole() ? "whole" : "broken");
}

TEST(WireFields, GoesOverEveryKindOfField) {
  EXPECT_EQ(TextOf(""), "whole");
  EXPECT_EQ(TextOf(std::string("\x08\x96\x01", 3)), "1=150 whole");
  EXPECT_EQ(TextOf(std::string("\x12\x02hi\x1a\x00", 6)), "2='hi' 3='' whole");
  EXPECT_EQ(TextOf(std::string("\x09\x01\0\0\0\0\0\0\x80\x0d\x02\0\0\0", 14)),
            "1=9223372036854775809 1=2 whole");
  EXPECT_EQ(TextOf(std::string("\x80\x01\x07", 3)), "16=7 whole");
}

TEST(WireFields, TheLargestNumbersAreRead) {
  const std::string largest = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";

  EXPECT_EQ(TextOf("\x08" + largest), "1=18446744073709551615 whole");
  EXPECT_EQ(TextOf(std::string("\xf8\xff\xff\xff\x0f\x01", 6)), "536870911=1 whole");
}

TEST(WireFields, WhatIsNoFieldEndsItBroken) {
  const std::vector<std::string> broken = {
      std::string("\0", 1),                                // No field has the number 0.
      "\x08",                                              // A number, and it is not there.
      "\x08\x80",                                          // It does not end.
      "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",  // It has more than 64 bits.
      "\xff\xff\xff\xff\xff\x01\x01",                      // A tag of more than 32.
      "\x12\x03hi",                                        // Longer than what there is.
      "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",      // Longer than all there can be.
      std::string("\x09\0\0\0\0\0\0\0", 8),
      std::string("\x0d\0\0\0", 4),  // Cut short.
      "\x0b\x0c",
      "\x0e",
      "\x0f",  // Groups, and what is nothing.
  };
  for (const std::string& bytes : broken) {
    EXPECT_EQ(TextOf(bytes), "broken");
    EXPECT_EQ(TextOf("\x08\x01" + bytes), "1=1 broken");
  }
}

}  // namespace
}  // namespace peal::base
