#include "tools/peal/event_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace peal::tool {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Key;
using testing::Not;
using testing::Pair;

Event Sample() {
  Event event;
  event.id = "i";
  event.source = "/n1";
  event.type = "ip.added";
  event.subject = "eth0";
  event.time = Timestamp{1709210096123456};
  event.attributes = {{"prefix", int64_t{24}}, {"note", std::string("two words")}};
  event.node = "n1";
  event.sequence = 7;
  event.globalseq = 12;
  event.epoch = 3;
  event.originpid = 4711;
  return event;
}

TEST(EventLine, HasEverythingInOneLine) {
  EXPECT_EQ(EventLine(Sample(), false),
            "      12  2024-02-29T12:34:56.123Z  n1        ip.added          eth0          "
            "note='two words'  prefix=24");
}

TEST(EventLine, ALocalEventSaysSo) {
  Event event;
  event.type = "a";
  event.node = "n1";

  EXPECT_EQ(EventLine(event, false), "   local  -  n1        a                 -");
}

TEST(EventLine, ShowsTheBeginningOfTheData) {
  Event event;
  event.data = "short";
  EXPECT_THAT(EventLine(event, false), HasSubstr("  \"short\""));
  event.data = std::string(59, 'x') + "é" + std::string(40, 'y');
  EXPECT_THAT(EventLine(event, false), HasSubstr("x…\" (101 bytes)"));
  event.data = "\xff\xfe";
  EXPECT_THAT(EventLine(event, false), HasSubstr("<2 bytes>"));
}

TEST(EventLine, NothingOfAnEventReachesTheTerminalRaw) {
  Event event = Sample();
  event.subject = "a\x1b[31mb\nc";
  event.data = "x\r\n\xc2\x9b";
  event.attributes = {{"k", std::string("\x07")}};

  const std::string line = EventLine(event, false);

  EXPECT_THAT(line, HasSubstr("a\\x1b[31mb\\x0ac"));
  EXPECT_THAT(line, HasSubstr("\"x\\x0d\\x0a\\x9b\""));
  EXPECT_THAT(line, HasSubstr("k=\\x07"));
}

TEST(EventLine, IsColouredOnlyWhenAsked) {
  EXPECT_THAT(EventLine(Sample(), true), HasSubstr("\x1b["));
  EXPECT_THAT(EventLine(Sample(), false), Not(HasSubstr("\x1b[")));
}

TEST(EventVariables, HaveTheFieldsAndTheAttributesApart) {
  Event event = Sample();
  event.attributes.emplace("globalseqs", std::string("x"));

  const auto variables = EventVariables(event);

  EXPECT_THAT(variables, Contains(Pair("PEAL_TYPE", "ip.added")));
  EXPECT_THAT(variables, Contains(Pair("PEAL_SUBJECT", "eth0")));
  EXPECT_THAT(variables, Contains(Pair("PEAL_GLOBALSEQ", "12")));
  EXPECT_THAT(variables, Contains(Pair("PEAL_SEQUENCE", "00000000000000000007")));
  EXPECT_THAT(variables, Contains(Pair("PEAL_TIME", "2024-02-29T12:34:56.123456Z")));
  EXPECT_THAT(variables, Contains(Pair("PEAL_ORIGINUID", "0")));
  EXPECT_THAT(variables, Contains(Pair("PEAL_ATTR_PREFIX", "24")));
  EXPECT_THAT(variables, Contains(Pair("PEAL_ATTR_NOTE", "two words")));
  EXPECT_THAT(variables, Contains(Pair("PEAL_ATTR_GLOBALSEQS", "x")));
}

TEST(EventVariables, AbsentFieldsAreAbsent) {
  const auto variables = EventVariables(Event());

  EXPECT_THAT(variables, Not(Contains(Key("PEAL_GLOBALSEQ"))));
  EXPECT_THAT(variables, Not(Contains(Key("PEAL_TIME"))));
  EXPECT_THAT(variables, Contains(Pair("PEAL_SCOPE", "global")));
}

}  // namespace
}  // namespace peal::tool
