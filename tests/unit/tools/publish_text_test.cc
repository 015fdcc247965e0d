#include "tools/peal/publish_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace peal::tool {
namespace {

using testing::HasSubstr;
using testing::Not;

PublishResult Committed() {
  PublishResult result;
  result.globalseq = 12;
  result.sequence = 7;
  result.node = "n1";
  result.epoch = 3;
  result.id = "i";
  return result;
}

TEST(ReceiptText, HasWhatIsKnown) {
  EXPECT_EQ(ReceiptText(Committed(), false), "globalseq=12 sequence=7 node=n1 epoch=3");
  EXPECT_EQ(
      ReceiptText(Committed(), true),
      R"({"globalseq":"12","sequence":"00000000000000000007","node":"n1","epoch":"3","id":"i"})");
}

TEST(ReceiptText, ALocalEventHasNoGlobalseq) {
  PublishResult result = Committed();
  result.globalseq = 0;
  result.epoch = 0;

  EXPECT_EQ(ReceiptText(result, false), "sequence=7 node=n1");
  EXPECT_THAT(ReceiptText(result, true), Not(HasSubstr("globalseq")));
}

TEST(ReceiptText, ADuplicateSaysSo) {
  PublishResult result = Committed();
  result.duplicate = true;

  EXPECT_THAT(ReceiptText(result, false), HasSubstr("duplicate=true"));
  EXPECT_THAT(ReceiptText(result, true), HasSubstr(R"("duplicate":true)"));
}

TEST(ReceiptText, WhatNobodyAskedForSaysSo) {
  PublishResult result;
  result.node = "n1";
  result.unasked = true;

  EXPECT_EQ(ReceiptText(result, false), "dispatched=false node=n1");
  EXPECT_EQ(ReceiptText(result, true), R"({"dispatched":false,"node":"n1"})");
}

TEST(FailureText, SaysOnceThatTheOutcomeIsUnknown) {
  PublishResult result;
  result.status = Status(ErrorKind::kNoPrimary, "no primary component");
  EXPECT_EQ(FailureText(result), "no primary component");
  result.submitted = true;
  EXPECT_THAT(FailureText(result), HasSubstr("the outcome is unknown"));
  result.status = Status(ErrorKind::kTimedOut, "late; the outcome is unknown");
  EXPECT_EQ(FailureText(result), "late; the outcome is unknown");
}

TEST(LineErrorText, NamesTheLineAndTheCode) {
  const Status bad(ErrorKind::kInvalid, "x");

  EXPECT_EQ(LineErrorText(3, bad, "it is\nbad", false), "line=3 error=\"it is\\x0abad\"");
  EXPECT_EQ(LineErrorText(3, bad, "it is\nbad", true),
            R"({"line":3,"error":"it is\nbad","code":65})");
}

}  // namespace
}  // namespace peal::tool
