#include "tools/peal/status_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace peal::tool {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

DaemonStatus Isolated() {
  DaemonStatus status;
  status.node = "n1";
  status.nodeid = 1;
  status.cluster = "demo";
  status.phase = "isolated";
  status.reason = "1 of 3 votes; needs 2";
  status.epoch = 4;
  status.globalseq = 12;
  status.localseq = 20;
  status.incarnation = 1'700'000'000'000;
  status.votes_present = 1;
  status.votes_total = 3;
  status.members = {
      {.name = "n1", .nodeid = 1, .votes = 1, .voter = true, .online = true, .applied = 12},
      {.name = "node-two", .nodeid = 2, .votes = 1, .voter = true, .applied = 9}};
  return status;
}

TEST(StatusText, SaysThePhaseAndWhy) {
  EXPECT_THAT(
      StatusText(Isolated(), false),
      AllOf(HasSubstr("isolated"), HasSubstr("1 of 3 votes; needs 2"), HasSubstr("cluster demo"),
            HasSubstr("node-two"), HasSubstr("offline"), Not(HasSubstr("\x1b["))));
}

TEST(StatusText, ColoursThePhaseWhenAsked) {
  EXPECT_THAT(StatusText(Isolated(), true), HasSubstr("\x1b[31misolated"));
}

TEST(StatusJson, HasTheKeysOfTheContract) {
  const Json status = Json::parse(StatusJson(Isolated()));

  EXPECT_EQ(status["node"], "n1");
  EXPECT_EQ(status["phase"], "isolated");
  EXPECT_EQ(status["epoch"], "4");
  EXPECT_EQ(status["globalseq"], "12");
  EXPECT_EQ(status["localseq"], "20");
  EXPECT_EQ(status["incarnation"], "1700000000000");
  const Json& member = status["members"][1];
  EXPECT_EQ(member["name"], "node-two");
  EXPECT_EQ(member["nodeid"], 2);
  EXPECT_EQ(member["votes"], 1);
  EXPECT_EQ(member["voter"], true);
  EXPECT_EQ(member["online"], false);
  EXPECT_EQ(member["applied"], "9");
  EXPECT_EQ(member["durable"], "0");
}

}  // namespace
}  // namespace peal::tool
