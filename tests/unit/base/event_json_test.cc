#include "core/base/event_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace peal::base {
namespace {

using nlohmann::json;
using testing::HasSubstr;

Event Parse(std::string_view text, const EventJsonOptions& options = {}) {
  const auto event = EventFromJson(text, options);
  EXPECT_TRUE(event.ok()) << event.status() << "\n" << text;
  return event.value_or(Event());
}

std::string ErrorOf(std::string_view text) {
  const auto event = EventFromJson(text);
  EXPECT_EQ(event.status().code(), absl::StatusCode::kInvalidArgument) << text;
  return std::string(event.status().message());
}

json Printed(const Event& event) {
  const std::string line = EventToJson(event);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  return json::parse(line);
}

Event Stamped() {
  Event event;
  event.id = "n1-5-7";
  event.source = "/n1";
  event.type = "ip.added";
  event.subject = "eth0 \"\\\n\x01 ü";
  event.time = Timestamp{1709210096123456};
  event.attributes = {
      {"family", std::string("inet")}, {"prefix", int64_t{24}}, {"up", true}, {"load", 3.0}};
  event.datacontenttype = "application/json";
  event.data = R"({"a":[1,2.50,null,"x"],"b":{}})";
  event.observedfrom = Timestamp{1};
  event.observedto = Timestamp{2};
  event.sequence = 7;
  event.node = "n1";
  event.incarnation = 5;
  event.knows = 11;
  event.originuid = 1000;
  event.originpid = 4711;
  event.originexe = "/usr/bin/app";
  event.globalseq = 12;
  event.epoch = 3;
  return event;
}

TEST(EventJson, StampsHaveTheFormsOfTheContract) {
  const json printed = Printed(Stamped());

  EXPECT_EQ(printed["specversion"], "1.0");
  EXPECT_EQ(printed["time"], "2024-02-29T12:34:56.123456Z");
  EXPECT_EQ(printed["sequence"], "00000000000000000007");
  EXPECT_EQ(printed["globalseq"], "12");
  EXPECT_EQ(printed["epoch"], "3");
  EXPECT_EQ(printed["incarnation"], "5");
  EXPECT_EQ(printed["knows"], "11");
  EXPECT_EQ(printed["originuid"], 1000);
  EXPECT_EQ(printed["originpid"], 4711);
  EXPECT_EQ(printed["scope"], "global");
  EXPECT_EQ(printed["subject"], Stamped().subject);
}

TEST(EventJson, ReadsBackWhatItWrote) {
  EXPECT_EQ(Parse(EventToJson(Stamped()), {.stamps = Stamps::kRead}), Stamped());
}

TEST(EventJson, AbsentFieldsAreAbsent) {
  Event event;
  event.type = "a";
  event.scope = Scope::kLocal;

  EXPECT_EQ(EventToJson(event), R"({"specversion":"1.0","type":"a","scope":"local"})");
}

TEST(EventJson, AttributesHaveTheFormsOfTheirTypes) {
  Event event;
  event.attributes = {{"a", int64_t{2147483647}},
                      {"b", int64_t{2147483648}},
                      {"c", int64_t{-2147483648}},
                      {"d", std::numeric_limits<int64_t>::min()},
                      {"e", 1.0},
                      {"f", 0.1},
                      {"g", 1e300},
                      {"h", Bytes{1, 2, 255}},
                      {"i", Timestamp{0}},
                      {"j", false}};

  EXPECT_EQ(
      EventToJson(event),
      R"({"specversion":"1.0","scope":"global","a":2147483647,"b":"2147483648","c":-2147483648,)"
      R"("d":"-9223372036854775808","e":1.0,"f":0.1,"g":1e+300,"h":"AQL/",)"
      R"("i":"1970-01-01T00:00:00.000000Z","j":false})");
}

TEST(EventJson, DataIsJsonOnlyWhenTheTypeSaysSoAndItIs) {
  Event event;
  event.data = "{ \"n\" : 1.10,\n \"big\":123456789012345678901234567890 }";

  EXPECT_TRUE(Printed(event).contains("data_base64"));
  event.datacontenttype = "application/vnd.x+json; charset=utf-8";
  EXPECT_THAT(EventToJson(event),
              HasSubstr(R"("data":{"n":1.10,"big":123456789012345678901234567890})"));
  event.data = "{ broken";
  EXPECT_TRUE(Printed(event).contains("data_base64"));
  event.datacontenttype = "text/plain";
  event.data = "hello";
  EXPECT_EQ(Printed(event)["data_base64"], "aGVsbG8=");
}

TEST(EventJson, AnyDataComesBack) {
  for (const char* type : {"", "application/json", "text/plain", "application/octet-stream"}) {
    for (const char* data : {"", "hello", "\"text\"", "null", "[1,2]", "\xff\xfe", "{}"}) {
      Event event;
      event.type = "a";
      event.datacontenttype = type;
      event.data = data;
      EXPECT_EQ(Parse(EventToJson(event)), event) << EventToJson(event);
    }
  }
}

TEST(EventJson, TextThatIsNotUtf8IsWrittenAsTextAllTheSame) {
  Event event;
  event.subject = "a\xff";

  EXPECT_EQ(Printed(event)["subject"], "a\xef\xbf\xbd");
}

TEST(EventFromJson, MembersBecomeAttributesByTheirType) {
  const Event event = Parse(R"({"type":"a","i":3,"n":-9223372036854775808,"d":3.0,"e":1e2,)"
                            R"("b":true,"t":"x","absent":null})");

  EXPECT_EQ(event.type, "a");
  EXPECT_EQ(event.attributes,
            (std::map<std::string, AttributeValue>{{"i", int64_t{3}},
                                                   {"n", std::numeric_limits<int64_t>::min()},
                                                   {"d", 3.0},
                                                   {"e", 100.0},
                                                   {"b", true},
                                                   {"t", std::string("x")}}));
}

TEST(EventFromJson, WhatASubscriptionPrintsCanBePublished) {
  const Event event = Parse(EventToJson(Stamped()));

  EXPECT_EQ(event.id, "n1-5-7");
  EXPECT_EQ(event.source, "/n1");
  EXPECT_EQ(event.globalseq, 0U);
  EXPECT_EQ(event.sequence, 0U);
  EXPECT_EQ(event.node, "");
  EXPECT_EQ(event.originpid, 0U);
  EXPECT_EQ(event.attributes, Stamped().attributes);
}

TEST(EventFromJson, StampsOfAnyTypeAreIgnored) {
  EXPECT_EQ(Parse(R"({"type":"a","globalseq":true,"node":5})").type, "a");
}

TEST(EventFromJson, ScopeIsTheLinesOrTheDefault) {
  const EventJsonOptions local{.default_scope = Scope::kLocal};

  EXPECT_EQ(Parse(R"({"type":"a"})").scope, Scope::kGlobal);
  EXPECT_EQ(Parse(R"({"type":"a"})", local).scope, Scope::kLocal);
  EXPECT_EQ(Parse(R"({"type":"a","scope":"global"})", local).scope, Scope::kGlobal);
  EXPECT_THAT(ErrorOf(R"({"scope":"world"})"), HasSubstr("'scope'"));
}

TEST(EventFromJson, DataFollowsTheContentType) {
  EXPECT_EQ(Parse(R"({"data":{"b": [1.50, "\u00fc"]},"datacontenttype":"application/json"})").data,
            "{\"b\":[1.50,\"\xc3\xbc\"]}");
  EXPECT_EQ(Parse(R"({"data":"x"})").data, "\"x\"");
  EXPECT_EQ(Parse(R"({"data":"x"})").datacontenttype, "application/json");
  EXPECT_EQ(Parse(R"({"data":"x","datacontenttype":"text/plain"})").data, "x");
  EXPECT_EQ(Parse(R"({"datacontenttype":"text/plain","data":""})").data, "");
  EXPECT_EQ(Parse(R"({"data":null})").data, std::nullopt);
  EXPECT_EQ(Parse(R"({"data_base64":""})").data, "");
  EXPECT_EQ(Parse(R"({"data_base64":"AP8="})").data, std::string("\0\xff", 2));
  EXPECT_THAT(ErrorOf(R"({"data":5,"datacontenttype":"text/plain"})"), HasSubstr("'data'"));
  EXPECT_THAT(ErrorOf(R"({"data":5,"data_base64":"AA=="})"), HasSubstr("'data_base64'"));
  EXPECT_THAT(ErrorOf(R"({"data_base64":"A"})"), HasSubstr("base64"));
  EXPECT_THAT(ErrorOf(R"({"data_base64":5})"), HasSubstr("string"));
}

TEST(EventFromJson, MembersAfterDataAreStillRead) {
  const Event event = Parse(R"({"data":{"type":"inner","data":[[]]},"type":"outer","k":1})");

  EXPECT_EQ(event.type, "outer");
  EXPECT_EQ(event.data, R"({"type":"inner","data":[[]]})");
  EXPECT_EQ(event.attributes.size(), 1U);
}

TEST(EventFromJson, SaysWhereTheTextIsNotJson) {
  EXPECT_THAT(ErrorOf("{\"type\":\"a\""), HasSubstr("column 12"));
  EXPECT_THAT(ErrorOf("{\"type\":a}"), HasSubstr("no JSON at column 9"));
  EXPECT_NE(ErrorOf(""), "");
  EXPECT_NE(ErrorOf("{} {}"), "");
  EXPECT_NE(ErrorOf("{\"type\":\"\xff\"}"), "");
  EXPECT_NE(ErrorOf("{\"type\":\"\\ud800\"}"), "");
  EXPECT_NE(ErrorOf("{\"a\":1e999}"), "");
}

TEST(EventFromJson, SaysWhichFieldIsWrong) {
  EXPECT_THAT(ErrorOf(R"({"type":5})"), HasSubstr("'type': must be a string"));
  EXPECT_THAT(ErrorOf(R"({"time":"yesterday"})"), HasSubstr("'time'"));
  EXPECT_THAT(ErrorOf(R"({"specversion":"0.3"})"), HasSubstr("only 1.0"));
  EXPECT_THAT(ErrorOf(R"({"type":"a","type":"b"})"), HasSubstr("twice"));
  EXPECT_THAT(ErrorOf(R"({"data":1,"data":2})"), HasSubstr("twice"));
  EXPECT_THAT(ErrorOf(R"({"k":[1]})"), HasSubstr("'k'"));
  EXPECT_THAT(ErrorOf(R"({"k":{}})"), HasSubstr("'k'"));
  EXPECT_THAT(ErrorOf(R"({"k":9223372036854775808})"), HasSubstr("64 bits"));
  EXPECT_THAT(ErrorOf(R"({"k":123456789012345678901234567890})"), HasSubstr("64 bits"));
}

TEST(EventFromJson, AnEventIsAnObject) {
  for (const char* text :
       {"5", "-5", "1.5", "true", "null", "\"a\"", "[]", "[{}]", "99999999999999999999"}) {
    EXPECT_THAT(ErrorOf(text), HasSubstr("JSON object")) << text;
  }
}

TEST(EventFromJson, DeepNestingCostsNoStack) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');

  EXPECT_EQ(Parse("{\"data\":" + deep + "}").data, deep);
  EXPECT_NE(ErrorOf("{\"data\":" + deep.substr(1) + "}"), "");
}

TEST(IsJsonContentType, LooksAtTheSubtypeOnly) {
  for (const char* type :
       {"application/json", "text/JSON", " application/ld+json ;a=b", "application/json;x"}) {
    EXPECT_TRUE(IsJsonContentType(type)) << type;
  }
  for (const char* type : {"", "text/plain", "application/jsonp", "json", "text/plain;a=/json"}) {
    EXPECT_FALSE(IsJsonContentType(type)) << type;
  }
}

}  // namespace
}  // namespace peal::base
