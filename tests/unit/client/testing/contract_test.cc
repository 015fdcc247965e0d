// What libpeal promises of publishing and of the session, on the fake bus and on a real daemon: one
// and the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tests/unit/client/testing/contract_fixture.h"

namespace peal::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Contract : public ContractFixture {};
INSTANTIATE_TEST_SUITE_P(On, Contract, kBuses, NameOf);

TEST_P(Contract, TheDaemonGreetsWithItsLimits) {
  Program program(Connect());

  const DaemonInfo& daemon = program.client()->daemon();
  EXPECT_EQ(daemon.node, "n1");
  EXPECT_GT(daemon.incarnation, 0U);
  EXPECT_EQ(daemon.data_bytes_max, 1U << 20);
  EXPECT_EQ(daemon.frame_bytes_max, (1U << 20) + (256U << 10));
  EXPECT_EQ(daemon.publish_window, 1024U);
}

TEST_P(Contract, AnEventHasItsStamps) {
  Program program(Connect());
  program.Subscribe(Global({"app.*"}));
  ASSERT_TRUE(program.client()->Barrier(seconds(10)).ok());

  Event event = Named("app.a", "s");
  event.attributes = {{"k", int64_t{3}}, {"text", "x"}};
  event.data = "data";
  const PublishResult result = program.Publish(event);
  program.UntilSeen("app.a");

  const Event& seen = program.events.back();
  const uint64_t incarnation = program.client()->daemon().incarnation;
  EXPECT_EQ(seen.attributes, event.attributes);
  EXPECT_EQ(seen.data, event.data);
  EXPECT_EQ(seen.node, "n1");
  EXPECT_EQ(seen.source, "/n1");
  EXPECT_EQ(seen.incarnation, incarnation);
  EXPECT_EQ(seen.id, "n1-" + std::to_string(incarnation) + "-" + std::to_string(seen.sequence));
  EXPECT_EQ(seen.originuid, getuid());
  EXPECT_EQ(seen.originpid, static_cast<uint32_t>(getpid()));
  EXPECT_THAT(seen.originexe, HasSubstr("contract_test"));
  // A view, and the node in it, are before.
  EXPECT_EQ(seen.globalseq, 3U);
  EXPECT_EQ(seen.knows, 2U);
  EXPECT_EQ(seen.epoch, 1U);
  EXPECT_TRUE(seen.time.has_value());
  EXPECT_EQ(result.globalseq, seen.globalseq);
  EXPECT_EQ(result.sequence, seen.sequence);
  EXPECT_EQ(result.epoch, seen.epoch);
  EXPECT_EQ(result.node, "n1");
  EXPECT_EQ(result.id, seen.id);
  EXPECT_FALSE(result.duplicate);
}

TEST_P(Contract, TheOrderBeginsWithAViewAndItsNodes) {
  Program program(Connect());
  ASSERT_TRUE(program.client()->Barrier(seconds(10)).ok());

  program.Subscribe(From(Global({"peal.*", "node.*"}), 1));
  program.UntilSeen("peal.live");

  ASSERT_THAT(program.seen(), ElementsAre("peal.view 1", "node.joined n1", "peal.live"));
  EXPECT_EQ(program.events[0].id, "view-1");
  EXPECT_EQ(program.events[1].source, "/peal");
  EXPECT_EQ(program.events[1].attributes, (Attributes{{"nodeid", int64_t{1}}}));
}

TEST_P(Contract, OneSequenceCountsLocalAndGlobalEvents) {
  Program program(Connect());
  PublishOptions accepted;
  accepted.ack = Ack::kAccepted;

  const PublishResult first = program.Publish(Named("app.a"));
  const PublishResult second = program.Publish(Local("app.l"));
  const PublishResult third = program.Publish(Named("app.b"), accepted);

  EXPECT_EQ(second.sequence, first.sequence + 1);
  EXPECT_EQ(second.globalseq, 0U);
  EXPECT_EQ(third.sequence, first.sequence + 2);
  EXPECT_EQ(third.globalseq, 0U);  // Not known yet.
}

TEST_P(Contract, WhatAsksForNoAnswerIsPublishedInItsPlace) {
  Program program(Connect());
  program.Subscribe(Global({"app.*"}));
  PublishOptions none;
  none.ack = Ack::kNone;

  ASSERT_TRUE(program.TryPublish(Named("app.none"), none).ok());
  EXPECT_TRUE(program.Publish(Named("app.last")).status.ok());
  program.UntilSeen("app.last");

  EXPECT_THAT(program.seen(), ElementsAre("app.none", "app.last"));
  EXPECT_EQ(program.results.size(), 1U);
}

TEST_P(Contract, AnIdIsPublishedOnce) {
  Program one(Connect());
  Program other(Connect());
  Event event = Named("app.a");
  event.id = "chosen";

  const PublishResult first = one.Publish(event);
  const PublishResult again = other.Publish(event);
  event.source = "/elsewhere";
  const PublishResult elsewhere = other.Publish(event);

  EXPECT_FALSE(first.duplicate);
  EXPECT_TRUE(again.status.ok());
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(again.globalseq, first.globalseq);
  EXPECT_FALSE(elsewhere.duplicate);
  EXPECT_EQ(elsewhere.globalseq, first.globalseq + 1);
}

TEST_P(Contract, AConditionIsTheSubjectsLastEvent) {
  Program program(Connect());
  const auto expecting = [](uint64_t globalseq) {
    PublishOptions options;
    options.expect_subject_seq = globalseq;
    return options;
  };

  const PublishResult none = program.Publish(Named("app.a", "s"), expecting(7));
  const PublishResult first = program.Publish(Named("app.a", "s"), expecting(0));
  const PublishResult late = program.Publish(Named("app.a", "s"), expecting(0));
  const PublishResult second = program.Publish(Named("app.a", "s"), expecting(first.globalseq));

  EXPECT_EQ(none.status.kind(), ErrorKind::kCondition);
  EXPECT_EQ(none.globalseq, 0U);
  EXPECT_TRUE(first.status.ok());
  EXPECT_EQ(late.status.kind(), ErrorKind::kCondition);
  EXPECT_EQ(late.globalseq, first.globalseq);
  EXPECT_FALSE(late.submitted);
  EXPECT_TRUE(second.status.ok());
  EXPECT_EQ(program.Publish(Local("app.l"), expecting(0)).status.kind(), ErrorKind::kInvalid);
  EXPECT_EQ(program.Publish(Named("app.a"), expecting(0)).status.kind(), ErrorKind::kInvalid);
}

TEST_P(Contract, ABadEventIsInvalid) {
  Program program(Connect());
  Event too_long = Named("app.a");
  too_long.data = std::string((1U << 20) + 1, 'x');
  Event bad_name = Named("app.a");
  bad_name.attributes = {{"Upper", int64_t{1}}};
  Event stamp = Named("app.a");
  stamp.attributes = {{"node", "n2"}};

  const std::vector<std::pair<Event, std::string>> cases = {
      {Named(""), "type"},   {Named("peal.mine"), "peal."}, {Named(std::string(2000, 'a')), "1024"},
      {too_long, "1048576"}, {bad_name, "Upper"},           {stamp, "node"}};

  for (const auto& [event, text] : cases) {
    const Status status = program.Publish(event).status;
    EXPECT_EQ(status.kind(), ErrorKind::kInvalid) << text;
    EXPECT_THAT(status.message(), HasSubstr(text));
  }
  EXPECT_TRUE(program.Publish(Named("app.a")).status.ok());
}

TEST_P(Contract, AWindowOfPublishesMayWait) {
  Program program(Connect());
  const uint64_t window = program.client()->daemon().publish_window;

  for (uint64_t i = 0; i < window; ++i) {
    ASSERT_TRUE(program.TryPublish(Named("app.a")).ok());
  }
  EXPECT_EQ(program.TryPublish(Named("app.a")).kind(), ErrorKind::kBusy);

  program.Until([&] { return program.results.size() == window; });
  EXPECT_TRUE(program.TryPublish(Named("app.a")).ok());
}

TEST_P(Contract, ACallbackMayCallWhatDoesNotWait) {
  Program program(Connect());
  program.Subscribe(Global({"app.a"}));
  std::vector<ErrorKind> kinds;
  program.on_event = [&](const Event&) {
    kinds = {program.client()->Dispatch(milliseconds(0)).kind(),
             program.client()->Flush(seconds(1)).kind(),
             program.client()->Barrier(seconds(1)).status().kind(),
             program.client()->Subscribe({}, nullptr).status().kind(),
             program.TryPublish(Named("app.b")).kind()};
  };

  program.Publish(Named("app.a"));
  program.Until([&] { return program.results.size() == 2; });

  EXPECT_THAT(kinds, ElementsAre(ErrorKind::kCondition, ErrorKind::kCondition,
                                 ErrorKind::kCondition, ErrorKind::kCondition, ErrorKind::kNone));
}

TEST_P(Contract, TellsHowTheDaemonIs) {
  Program program(Connect());
  program.Subscribe(Global({"app.*"}));
  const PublishResult last = program.Publish(Named("app.a"));

  const auto applied = program.client()->Barrier(seconds(10));
  const auto status = program.client()->GetStatus(seconds(10));
  ASSERT_TRUE(applied.ok());
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(*applied, last.globalseq);
  EXPECT_EQ(status->phase, "standalone");
  EXPECT_EQ(status->reason, "");
  EXPECT_EQ(status->node, "n1");
  EXPECT_EQ(status->globalseq, last.globalseq);
  EXPECT_EQ(status->localseq, last.sequence);
  EXPECT_EQ(status->epoch, last.epoch);
  EXPECT_EQ(status->first_globalseq, 1U);
  EXPECT_EQ(status->clients, 1U);
  EXPECT_EQ(status->subscriptions, 1U);
  EXPECT_EQ(status->votes_present, 1U);
  EXPECT_EQ(status->votes_total, 1U);
  EXPECT_EQ(status->journal, "");
  EXPECT_EQ(status->local_journal, "");
}

TEST_P(Contract, ListsNodesClassesAndSubscriptions) {
  Program program(Connect());
  SubscribeOptions options = Global({"app.*", "node.joined"});
  options.where = "k > 1";
  program.Subscribe(options);
  ASSERT_TRUE(program.client()->Barrier(seconds(10)).ok());

  const auto nodes = program.client()->List(ListWhat::kNodes, seconds(10));
  const auto classes = program.client()->List(ListWhat::kClasses, seconds(10));
  const auto subscriptions = program.client()->List(ListWhat::kSubscriptions, seconds(10));

  ASSERT_TRUE(nodes.ok() && nodes->nodes.size() == 1);
  EXPECT_EQ(nodes->nodes[0].name, "n1");
  EXPECT_TRUE(nodes->nodes[0].online);
  EXPECT_TRUE(nodes->nodes[0].voter);
  ASSERT_TRUE(classes.ok());
  EXPECT_THAT(classes->classes, Contains(::testing::Field(&ClassInfo::name, "node")));
  ASSERT_TRUE(subscriptions.ok() && subscriptions->subscriptions.size() == 1);
  EXPECT_EQ(subscriptions->subscriptions[0].client, "program");
  EXPECT_EQ(subscriptions->subscriptions[0].pid, static_cast<uint32_t>(getpid()));
  EXPECT_EQ(subscriptions->subscriptions[0].types, options.types);
  EXPECT_EQ(subscriptions->subscriptions[0].scope, "global");
  EXPECT_EQ(subscriptions->subscriptions[0].where, options.where);
}

TEST_P(Contract, AChangeOfTheVotersIsRefusedForWhatItIs) {
  Program program(Connect());

  for (const VoterChange change :
       {VoterChange::kBootstrap, VoterChange::kForget, VoterChange::kAdmit}) {
    EXPECT_EQ(program.client()->ChangeVoters(change, "n1", seconds(10)).kind(),
              ErrorKind::kAborted);
  }
}

}  // namespace
}  // namespace peal::test
