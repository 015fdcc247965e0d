#include "core/base/event_codec.h"

#include <gmock/gmock.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/unknown_field_set.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>

namespace peal::base {
namespace {

constexpr size_t kDataMax = 1000;

Event Full() {
  Event event;
  event.id = "id-1";
  event.source = "/app";
  event.type = "app.started";
  event.subject = "eth0";
  event.time = Timestamp{1709210096123456};
  event.attributes = {{"flag", true},         {"count", int64_t{-3}},
                      {"ratio", 0.5},         {"text", std::string("hällo")},
                      {"raw", Bytes{0, 255}}, {"when", Timestamp{-1}}};
  event.datacontenttype = "text/plain";
  event.data = std::string("a\0b", 3);
  event.scope = Scope::kLocal;
  event.observedfrom = Timestamp{1};
  event.observedto = Timestamp{2};
  event.sequence = 7;
  event.node = "n1";
  event.incarnation = 8;
  event.knows = 9;
  event.originuid = 10;
  event.originpid = 11;
  event.originexe = "/bin/app";
  event.globalseq = 12;
  event.epoch = 13;
  return event;
}

Event Decoded(const proto::Event& encoded) {
  Event event;
  EXPECT_TRUE(DecodeEvent(encoded.SerializeAsString(), &event));
  return event;
}

TEST(EventCodec, KeepsEveryField) {
  proto::Event encoded;

  ToProto(Full(), &encoded);

  EXPECT_EQ(Decoded(encoded), Full());
}

TEST(EventCodec, TellsEmptyDataFromNone) {
  Event event;
  proto::Event encoded;

  ToProto(event, &encoded);
  EXPECT_EQ(Decoded(encoded).data, std::nullopt);
  event.data = "";
  ToProto(event, &encoded);
  EXPECT_EQ(Decoded(encoded).data, "");
}

TEST(EventCodec, ReplacesWhatWasThere) {
  proto::Event encoded;
  ToProto(Full(), &encoded);

  ToProto(Event(), &encoded);

  EXPECT_EQ(Decoded(encoded), Event());
}

TEST(EventCodec, WhatIsFilledAgainKeepsNothingOfBefore) {
  proto::Event encoded;
  ToProto(Full(), &encoded);
  Event event;

  ASSERT_TRUE(DecodeEvent(encoded.SerializeAsString(), &event));
  ASSERT_TRUE(DecodeEvent("", &event));

  EXPECT_EQ(event, Event());
}

TEST(EventCodec, DropsAnAttributeWithoutValue) {
  proto::Event encoded;
  encoded.add_attributes()->set_name("empty");

  EXPECT_TRUE(Decoded(encoded).attributes.empty());
}

TEST(EventCodec, OfTwoAttributesOfOneNameTheLastStays) {
  proto::Event encoded;
  AddAttribute("a", &encoded)->set_integer(1);
  AddAttribute("a", &encoded)->set_text("last");

  EXPECT_EQ(Decoded(encoded).attributes["a"], AttributeValue("last"));
}

bool HasGroup(const google::protobuf::Message& message) {
  const auto& unknown = message.GetReflection()->GetUnknownFields(message);
  for (int i = 0; i < unknown.field_count(); ++i) {
    if (unknown.field(i).type() == google::protobuf::UnknownField::TYPE_GROUP) {
      return true;
    }
  }
  return false;
}

// Groups, which proto3 does not have, are damage to us.
bool IsEvent(const std::string& bytes, proto::Event* event) {
  if (!event->ParseFromString(bytes) || HasGroup(*event)) {
    return false;
  }
  return std::none_of(
      event->attributes().begin(), event->attributes().end(),
      [](const proto::Attribute& each) { return HasGroup(each) || HasGroup(each.value()); });
}

// Every single byte of an event changed into every other one, and every end cut off.
TEST(EventCodec, TakesAndRefusesTheBytesThatProtocolBuffersDo) {
  const google::protobuf::LogSilencer quiet;
  proto::Event full;
  ToProto(Full(), &full);
  const std::string good = full.SerializeAsString();
  size_t taken = 0;
  size_t refused = 0;
  const auto compare = [&](const std::string& bytes) {
    proto::Event expected;
    Event event;
    const bool is_event = IsEvent(bytes, &expected);
    ASSERT_EQ(DecodeEvent(bytes, &event), is_event) << testing::PrintToString(bytes);
    ++(is_event ? taken : refused);
    if (is_event) {
      EXPECT_EQ(event, Decoded(expected));
      EXPECT_EQ(event.id, expected.id());
      EXPECT_EQ(event.data.value_or(""), expected.data());
      EXPECT_EQ(event.originuid, expected.originuid());
    }
  };

  for (size_t i = 0; i < good.size(); ++i) {
    ASSERT_NO_FATAL_FAILURE(compare(good.substr(0, i)));
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = good;
      changed[i] = static_cast<char>(byte);
      ASSERT_NO_FATAL_FAILURE(compare(changed));
    }
  }
  EXPECT_GT(taken, 1000U);
  EXPECT_GT(refused, 1000U);
}

// An event that may be published, with one thing changed.
std::string Verdict(const std::function<void(proto::Event*)>& change, bool from_bus = false) {
  proto::Event event;
  event.set_type("app.started");
  change(&event);
  const absl::Status status = ValidateForPublish(event, kDataMax, from_bus);
  EXPECT_TRUE(status.ok() || status.code() == absl::StatusCode::kInvalidArgument) << status;
  return std::string(status.message());
}

std::string VerdictOnType(const std::string& type, bool from_bus = false) {
  return Verdict([&](proto::Event* event) { event->set_type(type); }, from_bus);
}

std::string VerdictOnAttribute(const std::string& name, const std::string& text) {
  return Verdict([&](proto::Event* event) {
    event->add_attributes()->set_name(name);
    event->mutable_attributes(0)->mutable_value()->set_text(text);
  });
}

TEST(ValidateForPublish, TakesAFullEvent) {
  proto::Event event;
  ToProto(Full(), &event);

  EXPECT_EQ(ValidateForPublish(event, kDataMax), absl::OkStatus());
}

TEST(ValidateForPublish, TypeIsADottedName) {
  for (const char* good : {"a", "node.joined", "A-b_c.9", "pealing.bells"}) {
    EXPECT_EQ(VerdictOnType(good), "") << good;
  }
  for (const char* bad : {"", ".a", "a.", "a..b", "a b", "a/b", "ä", "a\n"}) {
    EXPECT_NE(VerdictOnType(bad), "") << bad;
  }
}

TEST(ValidateForPublish, TypesOfTheBusAreForTheBus) {
  EXPECT_THAT(VerdictOnType("peal.view"), testing::HasSubstr("reserved"));
  EXPECT_EQ(VerdictOnType("peal.view", /*from_bus=*/true), "");
}

TEST(ValidateForPublish, FieldsHaveALimitThatTheErrorNames) {
  const std::string longest(kFieldBytesMax, 'x');
  const std::string longer(kFieldBytesMax + 1, 'x');

  EXPECT_EQ(Verdict([&](auto* event) { event->set_subject(longest); }), "");
  EXPECT_THAT(Verdict([&](auto* event) { event->set_subject(longer); }),
              testing::AllOf(testing::HasSubstr("subject"), testing::HasSubstr("1024")));
  EXPECT_THAT(Verdict([&](auto* event) { event->set_id(longer); }), testing::HasSubstr("id"));
  EXPECT_THAT(Verdict([&](auto* event) { event->set_source(longer); }),
              testing::HasSubstr("source"));
  EXPECT_THAT(VerdictOnType(longer), testing::HasSubstr("type"));
}

TEST(ValidateForPublish, TextIsUtf8WithoutControlCharacters) {
  EXPECT_THAT(Verdict([](auto* event) { event->set_subject("a\xff"); }),
              testing::HasSubstr("UTF-8"));
  EXPECT_THAT(Verdict([](auto* event) { event->set_subject("a\nb"); }),
              testing::HasSubstr("U+000A"));
  EXPECT_THAT(VerdictOnAttribute("note", "a\xff"), testing::HasSubstr("'note'"));
  EXPECT_THAT(VerdictOnAttribute("note", "a\tb"), testing::HasSubstr("U+0009"));
}

TEST(ValidateForPublish, AttributeNamesAreShortAndLowerCase) {
  for (const char* good : {"a", "9", "abcdefghij0123456789"}) {
    EXPECT_EQ(VerdictOnAttribute(good, ""), "") << good;
  }
  for (const char* bad : {"", "A", "a_b", "a.b", "ä", "abcdefghij0123456789x", "\xff"}) {
    EXPECT_NE(VerdictOnAttribute(bad, ""), "") << bad;
  }
}

TEST(ValidateForPublish, AttributesCannotHaveAFieldsName) {
  for (const char* name : {"specversion", "id",           "source",          "type",
                           "subject",     "time",         "datacontenttype", "data",
                           "scope",       "observedfrom", "observedto",      "sequence",
                           "node",        "incarnation",  "knows",           "originuid",
                           "originpid",   "originexe",    "globalseq",       "epoch"}) {
    EXPECT_THAT(VerdictOnAttribute(name, ""), testing::HasSubstr("field of every event")) << name;
  }
}

TEST(ValidateForPublish, AttributesAreSortedEachOnce) {
  const auto add = [](proto::Event* event, const char* name) {
    event->add_attributes()->set_name(name);
    event->mutable_attributes()->rbegin()->mutable_value()->set_boolean(true);
  };
  EXPECT_THAT(Verdict([&](auto* event) { add(event, "b"), add(event, "a"); }),
              testing::HasSubstr("sorted"));
  EXPECT_THAT(Verdict([&](auto* event) { add(event, "a"), add(event, "a"); }),
              testing::HasSubstr("each once"));
}

TEST(ValidateForPublish, AttributesHaveAValueThatJsonCanWrite) {
  EXPECT_THAT(Verdict([](auto* event) { event->add_attributes()->set_name("a"); }),
              testing::HasSubstr("no value"));
  EXPECT_THAT(Verdict([](auto* event) {
                event->add_attributes()->set_name("a");
                event->mutable_attributes(0)->mutable_value()->set_number(
                    std::numeric_limits<double>::infinity());
              }),
              testing::HasSubstr("finite"));
  EXPECT_THAT(Verdict([](auto* event) {
                event->add_attributes()->set_name("a");
                event->mutable_attributes(0)->mutable_value()->set_timestamp_us(INT64_MAX);
              }),
              testing::HasSubstr("9999"));
}

TEST(ValidateForPublish, AttributesHaveLimitsInNumberAndBytes) {
  const auto add = [](size_t count, size_t bytes_each) {
    return [=](proto::Event* event) {
      for (size_t i = 0; i < count; ++i) {
        event->add_attributes()->set_name("a" + std::to_string(100000 + i));
        event->mutable_attributes()->rbegin()->mutable_value()->set_text(
            std::string(bytes_each, 'x'));
      }
    };
  };
  EXPECT_EQ(Verdict(add(kAttributeCountMax, 1)), "");
  EXPECT_THAT(Verdict(add(kAttributeCountMax + 1, 1)), testing::HasSubstr("256"));
  EXPECT_EQ(Verdict(add(2, kAttributesBytesMax / 2 - 100)), "");
  EXPECT_THAT(Verdict(add(2, kAttributesBytesMax / 2)), testing::HasSubstr("65536"));
}

TEST(ValidateForPublish, DataHasALimit) {
  EXPECT_EQ(Verdict([](auto* event) { event->set_data(std::string(kDataMax, '\xff')); }), "");
  EXPECT_THAT(Verdict([](auto* event) { event->set_data(std::string(kDataMax + 1, 'x')); }),
              testing::AllOf(testing::HasSubstr("1001"), testing::HasSubstr("1000")));
}

TEST(ValidateForPublish, TimesAndScopeAreSensible) {
  EXPECT_NE(Verdict([](auto* event) { event->set_time_us(INT64_MAX); }), "");
  EXPECT_NE(
      Verdict([](auto* event) { event->set_observedfrom_us(2), event->set_observedto_us(1); }), "");
  EXPECT_EQ(Verdict([](auto* event) { event->set_observedfrom_us(2); }), "");
  EXPECT_NE(Verdict([](auto* event) { event->set_scope(static_cast<proto::Scope>(7)); }), "");
}

}  // namespace
}  // namespace peal::base
