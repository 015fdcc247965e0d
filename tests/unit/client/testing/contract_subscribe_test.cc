// What libpeal promises of subscriptions, on the fake bus and on a real daemon: one and the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/client/testing/contract_fixture.h"

namespace peal::test {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SubscribeContract : public ContractFixture {};
INSTANTIATE_TEST_SUITE_P(On, SubscribeContract, kBuses, NameOf);

SubscribeOptions Scoped(SubscribeScope scope) {
  return {.types = {"app.*"}, .scope = scope};
}

TEST_P(SubscribeContract, AScopeSaysWhichEventsCome) {
  Program all(Connect());
  Program global(Connect());
  Program local(Connect());
  all.Subscribe(Scoped(SubscribeScope::kAll));
  global.Subscribe(Scoped(SubscribeScope::kGlobal));
  local.Subscribe(Scoped(SubscribeScope::kLocal));

  for (const Event& event : {Named("app.g"), Local("app.l"), Named("app.end"), Local("app.end")}) {
    EXPECT_TRUE(all.Publish(event).status.ok());
  }

  all.Until([&] { return all.events.size() == 4; });
  global.UntilSeen("app.end");
  local.UntilSeen("app.end");
  EXPECT_THAT(all.seen(), ElementsAre("app.g", "app.l", "app.end", "app.end"));
  EXPECT_THAT(global.seen(), ElementsAre("app.g", "app.end"));
  EXPECT_THAT(local.seen(), ElementsAre("app.l", "app.end"));
}

TEST_P(SubscribeContract, AConditionSaysWhichEventsCome) {
  Program program(Connect());
  SubscribeOptions options = Global({"app.?"});
  options.where = "k > 1 AND node = 'n1'";
  program.Subscribe(options);

  for (const int64_t k : {1, 2, 3}) {
    Event event = Named("app.a", std::to_string(k));
    event.attributes = {{"k", k}};
    EXPECT_TRUE(program.Publish(event).status.ok());
  }
  program.Until([&] { return program.events.size() == 2; });

  EXPECT_THAT(program.seen(), ElementsAre("app.a 2", "app.a 3"));
}

TEST_P(SubscribeContract, ItBeginsWhereItIsAskedTo) {
  Program publisher(Connect());
  std::vector<PublishResult> published;
  Event event = Named("app.a");
  // Later than all that the bus itself says.
  constexpr int64_t kBaseUs = 4'102'444'800'000'000;
  for (const int64_t second : {1, 2, 3}) {
    event.time = Timestamp{kBaseUs + second * 1'000'000};
    event.subject = std::to_string(second);
    published.push_back(publisher.Publish(event));
  }

  Program first(Connect());
  Program third(Connect());
  Program timed(Connect());
  Program fresh(Connect());
  SubscribeOptions from_first = Global({"app.*", "peal.live"});
  from_first.from = SubscribeOptions::From::kFirst;
  SubscribeOptions from_time = Global({"app.*"});
  from_time.from = SubscribeOptions::From::kTime;
  from_time.from_time = Timestamp{kBaseUs + 1'500'000};
  first.Subscribe(from_first);
  third.Subscribe(From(Global({"app.*"}), published[2].globalseq));
  timed.Subscribe(from_time);
  fresh.Subscribe(Global({"app.*"}));
  EXPECT_TRUE(publisher.Publish(Named("app.new")).status.ok());

  for (Program* const program : {&first, &third, &timed, &fresh}) {
    program->UntilSeen("app.new");
  }
  EXPECT_THAT(first.seen(), ElementsAre("app.a 1", "app.a 2", "app.a 3", "peal.live", "app.new"));
  EXPECT_THAT(third.seen(), ElementsAre("app.a 3", "app.new"));
  EXPECT_THAT(timed.seen(), ElementsAre("app.a 2", "app.a 3", "app.new"));
  EXPECT_THAT(fresh.seen(), ElementsAre("app.new"));
}

TEST_P(SubscribeContract, ABadRequestIsInvalid) {
  Program program(Connect());
  SubscribeOptions where;
  where.where = "k >";
  SubscribeOptions name;
  name.durable = "two words";
  SubscribeOptions glob;
  glob.types = {""};
  SubscribeOptions window;
  window.window = UINT32_MAX;

  const std::vector<std::pair<SubscribeOptions, std::string>> cases = {
      {where, "k >"}, {name, "no spaces"}, {glob, "glob"}, {window, "4294967295"}};
  for (const auto& [options, text] : cases) {
    const Status status = program.TrySubscribe(options);
    EXPECT_EQ(status.kind(), ErrorKind::kInvalid) << text;
    EXPECT_THAT(status.message(), HasSubstr(text));
  }
  EXPECT_EQ(program.client()->Confirm({7}).kind(), ErrorKind::kNotFound);
  EXPECT_EQ(program.client()->Unsubscribe({7}).kind(), ErrorKind::kNotFound);
  EXPECT_THAT(program.ends, IsEmpty());
}

TEST_P(SubscribeContract, AWindowHoldsUntilTheProgramConfirms) {
  Program program(Connect());
  SubscribeOptions options = Global({"app.a"});
  options.window = 2;
  options.confirm = SubscribeOptions::Confirm::kByProgram;
  program.Subscribe(options);
  for (const char* subject : {"1", "2", "3"}) {
    EXPECT_TRUE(program.Publish(Named("app.a", subject)).status.ok());
  }
  program.Until([&] { return program.events.size() == 2; });
  // What is beyond the window would have come before this answer.
  ASSERT_TRUE(program.client()->Barrier(seconds(10)).ok());
  EXPECT_THAT(program.seen(), ElementsAre("app.a 1", "app.a 2"));

  ASSERT_TRUE(program.client()->Confirm(program.subscription).ok());
  program.Until([&] { return program.events.size() == 3; });

  EXPECT_THAT(program.seen(), ElementsAre("app.a 1", "app.a 2", "app.a 3"));
}

TEST_P(SubscribeContract, WhatIsTrimmedIsAGapOrTheEnd) {
  bus_->Trim();
  Program told(Connect());
  Program ended(Connect());
  SubscribeOptions to_end = From(Global({"app.*"}), 1);
  to_end.gaps = SubscribeOptions::Gaps::kEnd;
  const auto status = told.client()->GetStatus(seconds(10));
  ASSERT_TRUE(status.ok());
  ASSERT_GT(status->first_globalseq, 2U);

  told.Subscribe(From(Global({"app.*"}), 1));
  ended.Subscribe(to_end);
  told.Until([&] { return told.events.size() >= 2; });
  ended.Until([&] { return !ended.ends.empty(); });

  const Event& gap = told.events[0];
  EXPECT_EQ(gap.type, "peal.gap");
  EXPECT_EQ(gap.source, "/n1");
  EXPECT_EQ(gap.node, "n1");
  EXPECT_EQ(gap.scope, Scope::kLocal);
  EXPECT_EQ(gap.globalseq, 0U);
  EXPECT_EQ(gap.attributes,
            (Attributes{{"cause", "trimmed"},
                        {"from", int64_t{1}},
                        {"to", static_cast<int64_t>(status->first_globalseq - 1)}}));
  EXPECT_EQ(told.events[1].globalseq, status->first_globalseq);
  EXPECT_THAT(ended.events, IsEmpty());
  EXPECT_THAT(ended.ends, ElementsAre(ErrorKind::kTrimmed));
}

TEST_P(SubscribeContract, ADurableNameIsHeldByTheNewest) {
  Program older(Connect());
  Program newer(Connect());
  SubscribeOptions options = Global({"app.*"});
  options.durable = "audit";
  older.Subscribe(options);
  const uint64_t last = newer.Publish(Named("app.a")).globalseq;
  older.Until([&] {
    const auto list = older.client()->List(ListWhat::kSubscriptions, seconds(10));
    return list.ok() && list->subscriptions.size() == 1 && list->subscriptions[0].confirmed == last;
  });

  newer.Subscribe(options);
  older.Until([&] { return !older.ends.empty(); });
  EXPECT_TRUE(older.Publish(Named("app.b")).status.ok());
  newer.UntilSeen("app.b");

  EXPECT_THAT(older.ends, ElementsAre(ErrorKind::kAborted));
  EXPECT_THAT(older.seen(), ElementsAre("app.a"));
  EXPECT_THAT(newer.seen(), ElementsAre("app.b"));
}

TEST_P(SubscribeContract, ADurableNameIsForgotten) {
  Program holder(Connect());
  Program other(Connect());
  SubscribeOptions options = Global({"app.*"});
  options.durable = "audit";
  holder.Subscribe(options);

  EXPECT_EQ(other.client()->RemoveDurable("other", seconds(10)).kind(), ErrorKind::kNotFound);
  EXPECT_TRUE(other.client()->RemoveDurable("audit", seconds(10)).ok());
  holder.Until([&] { return !holder.ends.empty(); });

  EXPECT_THAT(holder.ends, ElementsAre(ErrorKind::kNotFound));
  EXPECT_EQ(other.client()->RemoveDurable("audit", seconds(10)).kind(), ErrorKind::kNotFound);
}

TEST_P(SubscribeContract, GoesOnWithNoGapAndNoDuplicateWhenTheDaemonIsStartedAgain) {
  Program program(Connect());
  Program durable(Connect());
  SubscribeOptions held = Global({"app.*"});
  held.durable = "audit";
  program.Subscribe({.types = {"app.*", "peal.gap"}});
  durable.Subscribe(held);
  EXPECT_TRUE(program.Publish(Named("app.g")).status.ok());
  EXPECT_TRUE(program.Publish(Local("app.l")).status.ok());
  program.UntilSeen("app.l");
  durable.UntilSeen("app.g");
  const uint64_t incarnation = program.client()->daemon().incarnation;

  bus_->KillDaemon();
  program.Until([&] { return !program.states.empty(); });
  EXPECT_TRUE(program.TryPublish(Named("app.kept")).ok());
  PublishOptions none;
  none.ack = Ack::kNone;
  EXPECT_EQ(program.TryPublish(Named("app.none"), none).kind(), ErrorKind::kUnreachable);
  EXPECT_EQ(program.client()->GetStatus(seconds(1)).status().kind(), ErrorKind::kUnreachable);
  bus_->StartDaemon();
  program.UntilSeen("app.kept");
  durable.UntilSeen("app.kept");

  EXPECT_THAT(program.seen(), ElementsAre("app.g", "app.l", "app.kept"));
  EXPECT_THAT(program.states, ElementsAre(ConnectionState::kAway, ConnectionState::kConnected));
  EXPECT_THAT(program.ends, IsEmpty());
  EXPECT_GT(program.client()->daemon().incarnation, incarnation);
  EXPECT_EQ(program.events[2].incarnation, program.client()->daemon().incarnation);
  EXPECT_THAT(durable.ends, IsEmpty());
}

}  // namespace
}  // namespace peal::test
