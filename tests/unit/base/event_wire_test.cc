#include "core/base/event_wire.h"

#include <gtest/gtest.h>

#include <string>

#include "proto/event.pb.h"

namespace peal::base {
namespace {

proto::Event FullEvent() {
  proto::Event event;
  event.set_id("id");
  event.set_source("/s");
  event.set_type("app.started");
  event.set_time_us(-5);
  event.add_attributes()->set_name("a");
  event.mutable_attributes(0)->mutable_value()->set_number(1.5);
  event.set_data("3: not.the.type");
  event.set_sequence(7);
  return event;
}

TEST(EventWire, ReadsTheTypeAmongOtherFields) {
  EXPECT_EQ(TypeOf(FullEvent().SerializeAsString()), "app.started");
}

TEST(EventWire, TheLastTypeCountsAsInDecoding) {
  std::string encoded = FullEvent().SerializeAsString();
  proto::Event other;
  other.set_type("app.ended");
  other.AppendToString(&encoded);

  EXPECT_EQ(TypeOf(encoded), "app.ended");
}

TEST(EventWire, BytesThatAreNoEventHaveNoType) {
  const std::string encoded = FullEvent().SerializeAsString();

  EXPECT_EQ(TypeOf(""), std::nullopt);
  EXPECT_EQ(TypeOf("not a message"), std::nullopt);
  EXPECT_EQ(TypeOf(encoded.substr(0, encoded.size() - 1)), std::nullopt);
  EXPECT_EQ(TypeOf(encoded + '\0'), std::nullopt);
  // A type that claims to be longer than what there is.
  EXPECT_EQ(TypeOf("\x1a\x7f"
                   "app"),
            std::nullopt);
}

TEST(EventWire, StampsAreFieldsOfTheEvent) {
  const Sequence largest(~uint64_t{0});
  proto::Event expected = FullEvent();
  expected.set_globalseq(largest.value());
  expected.set_epoch(3);
  std::string encoded = FullEvent().SerializeAsString();
  const size_t before = encoded.size();

  AppendOrderStamps(largest, Epoch(3), &encoded);

  EXPECT_LE(encoded.size(), before + kOrderStampsBytesMax);
  proto::Event decoded;
  ASSERT_TRUE(decoded.ParseFromString(encoded));
  EXPECT_EQ(decoded.SerializeAsString(), expected.SerializeAsString());
}

}  // namespace
}  // namespace peal::base
