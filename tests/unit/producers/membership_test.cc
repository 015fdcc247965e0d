#include "producers/membership/membership.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace peal::producers {
namespace {

const Member kA{.node = NodeId(1), .name = "a"};
const Member kB{.node = NodeId(2), .name = "b"};
const Member kC{.node = NodeId(10), .name = "c"};

std::string Attribute(const proto::Event& event, const std::string& name) {
  for (const proto::Attribute& attribute : event.attributes()) {
    if (attribute.name() == name) {
      return attribute.value().kind_case() == proto::Value::kInteger
                 ? std::to_string(attribute.value().integer())
                 : attribute.value().text();
    }
  }
  return "(none)";
}

TEST(MembershipEvents, TheFirstViewIsJoinedByAll) {
  const std::vector<proto::Event> events =
      MembershipEvents({.epoch = Epoch(1), .members = {kC, kA, kB}, .before = {}});

  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].type(), "peal.view");
  EXPECT_EQ(events[0].subject(), "1");
  EXPECT_EQ(Attribute(events[0], "members"), "a,b,c");
  EXPECT_EQ(Attribute(events[0], "joined"), "a,b,c");
  EXPECT_EQ(Attribute(events[0], "left"), "");
  EXPECT_EQ(events[1].type(), "node.joined");
  EXPECT_EQ(events[1].subject(), "a");
  EXPECT_EQ(Attribute(events[1], "nodeid"), "1");
  EXPECT_EQ(events[2].subject(), "b");
  EXPECT_EQ(events[3].subject(), "c");
  EXPECT_EQ(Attribute(events[3], "nodeid"), "10");
}

TEST(MembershipEvents, TellsWhoJoinedBeforeWhoLeft) {
  const std::vector<proto::Event> events =
      MembershipEvents({.epoch = Epoch(7), .members = {kB, kC}, .before = {kA, kB}});

  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(Attribute(events[0], "members"), "b,c");
  EXPECT_EQ(Attribute(events[0], "joined"), "c");
  EXPECT_EQ(Attribute(events[0], "left"), "a");
  EXPECT_EQ(events[1].type(), "node.joined");
  EXPECT_EQ(events[1].subject(), "c");
  EXPECT_EQ(events[2].type(), "node.left");
  EXPECT_EQ(events[2].subject(), "a");
}

TEST(MembershipEvents, AnEpochWithTheSameMembersIsAViewAlone) {
  const std::vector<proto::Event> events =
      MembershipEvents({.epoch = Epoch(8), .members = {kA, kB}, .before = {kB, kA}});

  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(Attribute(events[0], "joined"), "");
}

TEST(MembershipEvents, ADaemonThatRestartedHasLeftAndJoined) {
  Member again = kB;
  again.incarnation = Incarnation(2);

  const std::vector<proto::Event> events =
      MembershipEvents({.epoch = Epoch(9), .members = {kA, again}, .before = {kA, kB}});

  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[1].id(), "joined-9-2");
  EXPECT_EQ(events[2].id(), "left-9-2");
}

TEST(MembershipEvents, IsTheSameBytesInWhateverOrderMembersCome) {
  const auto encode = [](const std::vector<proto::Event>& events) {
    std::string bytes;
    for (const proto::Event& event : events) {
      bytes += event.SerializeAsString();
    }
    return bytes;
  };

  EXPECT_EQ(encode(MembershipEvents({.epoch = Epoch(2), .members = {kA, kB}, .before = {kC, kB}})),
            encode(MembershipEvents({.epoch = Epoch(2), .members = {kB, kA}, .before = {kB, kC}})));
}

TEST(MembershipEvents, AttributesAreSortedByName) {
  for (const proto::Event& event :
       MembershipEvents({.epoch = Epoch(2), .members = {kA}, .before = {}})) {
    for (int i = 1; i < event.attributes_size(); i++) {
      EXPECT_LT(event.attributes(i - 1).name(), event.attributes(i).name());
    }
  }
}

}  // namespace
}  // namespace peal::producers
