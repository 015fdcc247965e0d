#include "core/filter/encoded_event.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>

#include "core/base/event_wire.h"
#include "core/filter/evaluator.h"
#include "core/filter/filter.h"
#include "proto/event.pb.h"

namespace {

size_t allocation_count = 0;

}  // namespace

// Not inlined: gcc would see free() given what a new returned, and take it for a mistake.
[[gnu::noinline]] void* operator new(size_t size) {
  ++allocation_count;
  void* const memory = std::malloc(size);
  if (memory == nullptr) {
    std::abort();
  }
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t /*size*/) noexcept {
  std::free(memory);
}

namespace peal::filter {
namespace {

proto::Value* Add(std::string name, proto::Event* event) {
  proto::Attribute* const attribute = event->add_attributes();
  attribute->set_name(std::move(name));
  return attribute->mutable_value();
}

proto::Event FullEvent() {
  proto::Event event;
  event.set_id("n1-7-42");
  event.set_source("/n1");
  event.set_type("fs.sample");
  event.set_subject("/var");
  event.set_time_us(1'769'903'999'000'250);
  event.set_datacontenttype("application/json");
  event.set_data("{}");
  event.set_scope(proto::SCOPE_GLOBAL);
  event.set_observedfrom_us(1'000'000);
  event.set_observedto_us(2'000'000);
  event.set_sequence(5'000'000'000);
  event.set_node("n1");
  event.set_incarnation(7);
  event.set_knows(40);
  event.set_originuid(0);
  event.set_originpid(123);
  event.set_originexe("/usr/bin/app");
  Add("bin", &event)->set_binary("\x01\x02");
  Add("flag", &event)->set_boolean(true);
  Add("free", &event)->set_integer(-5'000'000'000);
  Add("level", &event)->set_text("warn");
  Add("small", &event)->set_integer(-5);
  Add("usedpct", &event)->set_number(80.5);
  Add("when", &event)->set_timestamp_us(0);
  return event;
}

class EncodedEventTest : public testing::Test {
 protected:
  EncodedEventTest() : encoded_(FullEvent().SerializeAsString()) {
    base::AppendOrderStamps(Sequence(4711), Epoch(3), &encoded_);
  }

  bool Passes(const Program& filter, std::string_view encoded) {
    return event_.Read(encoded) && evaluator_.Passes(filter, event_);
  }
  bool Passes(std::string_view expression) {
    const absl::StatusOr<Program> filter = ParseFilter(expression);
    EXPECT_TRUE(filter.ok()) << filter.status();
    return filter.ok() && Passes(*filter, encoded_);
  }

  std::string encoded_;
  EncodedEvent event_;
  Evaluator evaluator_;
};

TEST_F(EncodedEventTest, HasEveryFieldAndStamp) {
  for (const char* expression : {"specversion = '1.0'",
                                 "id = 'n1-7-42'",
                                 "source = '/n1'",
                                 "type = 'fs.sample'",
                                 "subject = '/var'",
                                 "time = '2026-01-31T23:59:59.000250Z'",
                                 "datacontenttype = 'application/json'",
                                 "scope = 'global'",
                                 "observedfrom = '1970-01-01T00:00:01.000000Z'",
                                 "observedto = '1970-01-01T00:00:02.000000Z'",
                                 "sequence = 5000000000",
                                 "sequence > 1",
                                 "globalseq = 4711",
                                 "epoch = 3",
                                 "node = 'n1'",
                                 "incarnation = 7",
                                 "knows < globalseq",
                                 "originuid = 0",
                                 "originpid = 123",
                                 "originexe LIKE '%/app'"}) {
    EXPECT_TRUE(Passes(expression)) << expression;
  }
}

TEST_F(EncodedEventTest, HasAttributesOfEveryType) {
  for (const char* expression :
       {"bin = 'AQI='", "flag", "flag = TRUE", "free = -5000000000", "free < 0", "level = 'warn'",
        "small = -5", "small + 1 = -4", "usedpct = 80.5", "usedpct > 80",
        "when = '1970-01-01T00:00:00.000000Z'", "EXISTS usedpct AND NOT EXISTS other"}) {
    EXPECT_TRUE(Passes(expression)) << expression;
  }
}

TEST_F(EncodedEventTest, WhatIsNotThereDoesNotPass) {
  EXPECT_FALSE(Passes("other = 1"));
  EXPECT_FALSE(Passes("other != 1"));
  EXPECT_FALSE(Passes("data = '{}'"));

  encoded_ = proto::Event().SerializeAsString();

  for (const char* name : {"id", "subject", "time", "datacontenttype", "observedfrom", "sequence",
                           "globalseq", "epoch", "knows", "originuid", "originexe"}) {
    EXPECT_TRUE(Passes(std::string("NOT EXISTS ") + name)) << name;
  }
  EXPECT_TRUE(Passes("scope = 'global' AND EXISTS specversion"));
}

TEST_F(EncodedEventTest, WhatIsNoEventDoesNotPass) {
  for (size_t size = 0; size < encoded_.size(); ++size) {
    Passes(*ParseFilter("usedpct > 0"), std::string_view(encoded_).substr(0, size));
  }
  encoded_.push_back('\xff');
  EXPECT_FALSE(Passes("TRUE"));
}

TEST_F(EncodedEventTest, AnEventTakesNothingOverFromTheOneBefore) {
  ASSERT_TRUE(Passes("EXISTS usedpct AND EXISTS subject AND EXISTS globalseq"));
  proto::Event event;
  event.set_type("other");

  encoded_ = event.SerializeAsString();

  EXPECT_TRUE(Passes("NOT EXISTS usedpct AND NOT EXISTS subject AND NOT EXISTS globalseq"));
}

TEST_F(EncodedEventTest, EvaluationTakesNoMemory) {
  const absl::StatusOr<Program> filter = ParseFilter(
      "usedpct > 75.5 AND UPPER(CONCAT(subject, STRING(free), level)) LIKE '/VAR%WARN' AND "
      "node IN ('n3', 'n2', 'n1') AND LENGTH(TRIM(level)) = 4");
  ASSERT_TRUE(filter.ok());
  ASSERT_TRUE(Passes(*filter, encoded_));

  const size_t before = allocation_count;
  for (int i = 0; i < 100; ++i) {
    Passes(*filter, encoded_);
  }

  EXPECT_EQ(allocation_count, before);
}

TEST_F(EncodedEventTest, TextThatIsTooLongIsAnError) {
  proto::Event event;
  event.set_type("t");
  event.set_subject(std::string(40'000, 'x'));
  encoded_ = event.SerializeAsString();

  EXPECT_TRUE(Passes("LENGTH(CONCAT(subject)) = 40000"));
  EXPECT_FALSE(Passes("LENGTH(CONCAT(subject, subject)) > 0"));
  EXPECT_FALSE(Passes("LENGTH(CONCAT(subject)) = 40000 AND LENGTH(CONCAT(subject)) = 40000"));
}

}  // namespace
}  // namespace peal::filter
