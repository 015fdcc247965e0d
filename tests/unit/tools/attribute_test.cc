#include "tools/peal/attribute.h"

#include <gtest/gtest.h>

namespace peal::tool {
namespace {

AttributeValue ValueOf(const std::string& text) {
  const auto attribute = ParseAttribute("k=" + text);
  EXPECT_TRUE(attribute.ok()) << attribute.status();
  return attribute.ok() ? attribute->second : AttributeValue(false);
}

AttributeValue Text(const char* text) {
  return std::string(text);
}

TEST(Attribute, IsTypedByForm) {
  EXPECT_EQ(ValueOf("3"), AttributeValue(int64_t{3}));
  EXPECT_EQ(ValueOf("-9223372036854775808"), AttributeValue(INT64_MIN));
  EXPECT_EQ(ValueOf("0"), AttributeValue(int64_t{0}));
  EXPECT_EQ(ValueOf("3.5"), AttributeValue(3.5));
  EXPECT_EQ(ValueOf("3.0"), AttributeValue(3.0));
  EXPECT_EQ(ValueOf("-0.5e-3"), AttributeValue(-0.0005));
  EXPECT_EQ(ValueOf("true"), AttributeValue(true));
  EXPECT_EQ(ValueOf("false"), AttributeValue(false));
  EXPECT_EQ(ValueOf("'3'"), Text("3"));
  EXPECT_EQ(ValueOf("''"), Text(""));
  EXPECT_EQ(ValueOf("'"), Text("'"));
}

TEST(Attribute, AnythingElseIsText) {
  for (const char* text : {"", "hello", "10.0.0.5", "12e4", "007", "1.", ".5", "+3", "3x", "True",
                           "1.5e", "1.5e+", "--3", "a=b", "0x10", "nan", "inf", "-"}) {
    EXPECT_EQ(ValueOf(text), Text(text)) << text;
  }
}

TEST(Attribute, WhatIsNotNameAndValueIsUsage) {
  for (const char* text : {"", "novalue", "=3"}) {
    EXPECT_EQ(ParseAttribute(text).status().code(), absl::StatusCode::kFailedPrecondition) << text;
  }
}

TEST(Attribute, NamesAndNumbersThatAreNotAllowedAreBadData) {
  for (const char* text : {"Bad=1", "a_b=1", "type=x", "k=9223372036854775808", "k=1.0e999"}) {
    EXPECT_EQ(ParseAttribute(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(Attribute, IsWrittenSoThatItReadsBack) {
  const AttributeValue values[] = {int64_t{3},
                                   3.0,
                                   0.1,
                                   true,
                                   Text("plain"),
                                   Text("3"),
                                   Text("3.5"),
                                   Text("true"),
                                   Text("two words"),
                                   Text(""),
                                   Text("'q'"),
                                   Text("a=b"),
                                   Text("9223372036854775808")};
  for (const AttributeValue& value : values) {
    EXPECT_EQ(ValueOf(FormatAttributeValue(value)), value) << FormatAttributeValue(value);
  }
  EXPECT_EQ(FormatAttributeValue(Text("plain")), "plain");
  EXPECT_EQ(FormatAttributeValue(Bytes{1, 2, 255}), "AQL/");
  EXPECT_EQ(FormatAttributeValue(Timestamp{0}), "1970-01-01T00:00:00.000000Z");
}

}  // namespace
}  // namespace peal::tool
