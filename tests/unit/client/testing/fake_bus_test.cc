// What a test can do to a fake bus, and what programs on it see.
#include "peal/testing/fake_bus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/client/testing/program.h"

namespace peal::test {
namespace {

using peal::testing::FakeBus;
using peal::testing::Fate;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Attributes = std::map<std::string, AttributeValue>;

Program::Connect On(FakeBus* bus, const std::string& node) {
  return [bus, node](const ConnectOptions& options) { return bus->Connect(node, options); };
}

TEST(FakeBus, ShowsOneOrderOnEveryNode) {
  FakeBus bus({"n1", "n2", "n3"});
  Program one(On(&bus, "n1"));
  Program two(On(&bus, "n2"));
  one.Subscribe(Global({"app.*"}));
  two.Subscribe(Global({"app.*"}));

  const PublishResult first = one.Publish(Named("app.a"));
  const PublishResult second = two.Publish(Named("app.b"));

  EXPECT_TRUE(first.status.ok()) << first.status.message();
  EXPECT_EQ(first.globalseq + 1, second.globalseq);
  EXPECT_THAT(one.Seen(), ElementsAre("app.a", "app.b"));
  EXPECT_THAT(two.Seen(), ElementsAre("app.a", "app.b"));
  EXPECT_EQ(one.events, two.events);
  EXPECT_EQ(bus.history().back(), one.events.back());
}

TEST(FakeBus, NodesThatLeaveAndJoinAreEventsOfTheOrder) {
  FakeBus bus({"n1", "n2", "n3"});
  Program program(On(&bus, "n1"));
  program.Subscribe(Global({"node.*"}));

  bus.Leave("n2");
  bus.Publish("n1", Named("app.meanwhile"));
  bus.Join("n2");

  EXPECT_THAT(program.Seen(), ElementsAre("node.left n2", "node.joined n2"));
}

TEST(FakeBus, AMinorityPublishesNothingAndCatchesUp) {
  FakeBus bus({"n1", "n2", "n3"});
  Program one(On(&bus, "n1"));
  Program three(On(&bus, "n3"));
  one.Subscribe(Global({"app.*"}));
  bus.Partition({{"n1"}, {"n2", "n3"}});

  const PublishResult refused = one.Publish(Named("app.minority"));
  const PublishResult taken = three.Publish(Named("app.majority"));
  EXPECT_EQ(refused.status.kind(), ErrorKind::kNoPrimary) << refused.status.message();
  EXPECT_FALSE(refused.submitted);
  EXPECT_TRUE(taken.status.ok()) << taken.status.message();
  EXPECT_THAT(one.Seen(), IsEmpty());

  bus.Heal();
  EXPECT_THAT(one.Seen(), ElementsAre("app.majority"));
}

TEST(FakeBus, ADispatchLetsTimePassOnlyWhenThereIsNothingToDo) {
  FakeBus bus;
  Program program(On(&bus, "n1"));
  program.Subscribe(Global({"app.*"}));
  bus.Publish("n1", Named("app.a"));
  const int64_t before = bus.now().us;

  ASSERT_TRUE(program.client()->Dispatch(seconds(5)).ok());
  EXPECT_EQ(bus.now().us, before);
  ASSERT_TRUE(program.client()->Dispatch(seconds(5)).ok());
  EXPECT_EQ(bus.now().us, before + 5'000'000);

  bus.Advance(seconds(60));
  EXPECT_EQ(bus.now().us, before + 65'000'000);
  EXPECT_EQ(program.Publish(Named("app.b")).status.kind(), ErrorKind::kNone);
  EXPECT_EQ(bus.history().back().time->us, before + 65'000'000);
}

TEST(FakeBus, TheSameCallsGiveTheSameHistory) {
  const auto run = [] {
    FakeBus bus({"n1", "n2", "n3"});
    bus.Publish("n2", Named("app.a"));
    bus.Leave("n3");
    bus.Publish("n1", Named("app.b"));
    bus.Join("n3");
    return bus.history();
  };

  EXPECT_EQ(run(), run());
}

TEST(FakeBus, TheDescriptorIsReadableWhenSomethingWaits) {
  FakeBus bus;
  Program program(On(&bus, "n1"));
  program.Subscribe(Global({"app.*"}));
  program.Work();
  const auto readable = [&program] {
    pollfd asked{.fd = program.client()->fd(), .events = POLLIN, .revents = 0};
    return poll(&asked, 1, 0) == 1;
  };

  EXPECT_FALSE(readable());
  bus.Publish("n1", Named("app.a"));
  EXPECT_TRUE(readable());
  program.Work();
  EXPECT_FALSE(readable());
}

TEST(FakeBus, CallbacksComeFromDispatchOnly) {
  FakeBus bus({"n1", "n2", "n3"});
  Program program(On(&bus, "n1"));
  program.Subscribe(Global({"app.*"}));

  bus.Publish("n2", Named("app.a"));
  bus.LoseDaemon("n1");
  bus.Advance(seconds(10));

  EXPECT_THAT(program.events, IsEmpty());
  EXPECT_THAT(program.states, IsEmpty());
  EXPECT_THAT(program.Seen(), ElementsAre("app.a"));
  EXPECT_THAT(program.states, ElementsAre(ConnectionState::kAway));
}

TEST(FakeBus, AClientGoesOnWhereItWasWhenItsDaemonIsBack) {
  FakeBus bus({"n1", "n2", "n3"});
  Program program(On(&bus, "n1"));
  program.Subscribe(Global({"app.*"}));
  bus.Publish("n2", Named("app.a"));
  EXPECT_THAT(program.Seen(), ElementsAre("app.a"));

  bus.LoseDaemon("n1");
  program.Work();
  ASSERT_TRUE(program.TryPublish(Named("app.kept")).ok());
  bus.Publish("n2", Named("app.b"));
  bus.RestartDaemon("n1");
  EXPECT_TRUE(program.client()->Dispatch(seconds(5)).ok());

  EXPECT_THAT(program.Seen(), ElementsAre("app.a", "app.b", "app.kept"));
  EXPECT_THAT(program.states, ElementsAre(ConnectionState::kAway, ConnectionState::kConnected));
  ASSERT_EQ(program.results.size(), 1U);
  EXPECT_TRUE(program.results[0].status.ok());
  EXPECT_EQ(bus.TryConnect("n1").ok(), true);
}

TEST(FakeBus, ALostDaemonTakesNoClients) {
  FakeBus bus({"n1", "n2"});

  bus.LoseDaemon("n1");

  EXPECT_EQ(bus.TryConnect("n1").status().kind(), ErrorKind::kUnreachable);
  EXPECT_TRUE(bus.TryConnect("n2").ok());
}

TEST(FakeBus, APublishWithoutAnAnswerIsPublishedOrNot) {
  FakeBus bus;
  Program program(On(&bus, "n1"));
  const size_t before = bus.history().size();

  bus.FailNext(ErrorKind::kTimedOut, 1, Fate::kNotPublished);
  bus.FailNext(ErrorKind::kTimedOut, 1, Fate::kPublished);
  const PublishResult lost = program.Publish(Named("app.lost"));
  const PublishResult unheard = program.Publish(Named("app.unheard"));
  const PublishResult heard = program.Publish(Named("app.heard"));

  EXPECT_EQ(lost.status.kind(), ErrorKind::kTimedOut);
  EXPECT_TRUE(lost.submitted);
  EXPECT_EQ(unheard.status, lost.status);
  EXPECT_TRUE(unheard.submitted);
  EXPECT_TRUE(heard.status.ok());
  ASSERT_EQ(bus.history().size(), before + 2);
  EXPECT_EQ(bus.history()[before].type, "app.unheard");
}

TEST(FakeBus, APublishFailsAsItIsTold) {
  FakeBus bus;
  Program program(On(&bus, "n1"));
  const size_t before = bus.history().size();

  for (const ErrorKind kind : {ErrorKind::kBusy, ErrorKind::kNoPrimary, ErrorKind::kNotPermitted,
                               ErrorKind::kInvalid, ErrorKind::kCondition}) {
    bus.FailNext(kind);
    const PublishResult result = program.Publish(Named("app.x"));
    EXPECT_EQ(result.status.kind(), kind);
    EXPECT_FALSE(result.submitted);
  }
  EXPECT_EQ(bus.history().size(), before);
  EXPECT_TRUE(program.Publish(Named("app.x")).status.ok());
}

TEST(FakeBus, NoFaultIsForWhatTheTestItselfPublishes) {
  FakeBus bus;

  bus.FailNext(ErrorKind::kBusy);

  EXPECT_TRUE(bus.Publish("n1", Named("app.x")).status.ok());
  EXPECT_EQ(Program(On(&bus, "n1")).Publish(Named("app.x")).status.kind(), ErrorKind::kBusy);
}

TEST(FakeBus, ASlowDaemonAnswersLater) {
  FakeBus bus;
  Program program(On(&bus, "n1"));
  bus.Delay("n1", seconds(3));
  const int64_t before = bus.now().us;

  EXPECT_TRUE(program.Publish(Named("app.a")).status.ok());
  EXPECT_EQ(bus.now().us, before + 3'000'000);

  PublishOptions impatient;
  impatient.timeout = seconds(2);
  const PublishResult late = program.Publish(Named("app.b"), impatient);
  EXPECT_EQ(late.status.kind(), ErrorKind::kTimedOut);
  EXPECT_EQ(bus.history().back().type, "app.b");
}

TEST(FakeBus, AConnectionThatEndsForGoodEndsAllThatIsOnIt) {
  FakeBus bus;
  Program program(On(&bus, "n1"));
  program.Subscribe(Global({"app.*"}));
  bus.FailNext(ErrorKind::kTimedOut);
  ASSERT_TRUE(program.TryPublish(Named("app.x")).ok());

  bus.EndConnections("n1", Status(ErrorKind::kNotPermitted, "not you"));
  program.Work();

  EXPECT_THAT(program.states, ElementsAre(ConnectionState::kEnded));
  EXPECT_THAT(program.ends, ElementsAre(ErrorKind::kNotPermitted));
  ASSERT_EQ(program.results.size(), 1U);
  EXPECT_EQ(program.results[0].status.kind(), ErrorKind::kNotPermitted);
  EXPECT_EQ(program.client()->Publish(Named("app.x"), {}, nullptr).kind(),
            ErrorKind::kNotPermitted);
}

TEST(FakeBus, AConnectionThatEndsForAWhileComesBack) {
  FakeBus bus;
  Program program(On(&bus, "n1"));
  program.Subscribe(Global({"app.*"}));

  bus.EndConnections("n1", Status(ErrorKind::kUnreachable, "in a moment"));
  program.Work();
  bus.Publish("n1", Named("app.a"));
  EXPECT_TRUE(program.client()->Dispatch(seconds(1)).ok());

  EXPECT_THAT(program.Seen(), ElementsAre("app.a"));
  EXPECT_THAT(program.states, ElementsAre(ConnectionState::kAway, ConnectionState::kConnected));
}

TEST(FakeBus, HistoryThatIsGoneIsAGap) {
  FakeBus bus;
  for (const char* subject : {"1", "2", "3"}) {
    bus.Publish("n1", Named("app.a", subject));
  }
  const uint64_t last = bus.history().back().globalseq;
  Program told(On(&bus, "n1"));
  SubscribeOptions to_end = From(Global({"app.*"}), 1);
  to_end.gaps = SubscribeOptions::Gaps::kEnd;
  Program ended(On(&bus, "n1"));

  bus.Trim(last - 1);
  told.Subscribe(From(Global({"app.*"}), 1));
  ended.Subscribe(to_end);

  EXPECT_THAT(told.Seen(), ElementsAre("peal.gap", "app.a 3"));
  EXPECT_EQ(told.events[0].attributes, (Attributes{{"cause", "trimmed"},
                                                   {"from", int64_t{1}},
                                                   {"to", static_cast<int64_t>(last - 1)}}));
  EXPECT_THAT(ended.Seen(), IsEmpty());
  EXPECT_THAT(ended.ends, ElementsAre(ErrorKind::kTrimmed));
  EXPECT_EQ(bus.history().size(), last);
}

TEST(FakeBus, ASubscriberThatIsSlowLosesWhatIsTrimmedMeanwhile) {
  FakeBus bus;
  Program slow(On(&bus, "n1"));
  SubscribeOptions options = Global({"app.*"});
  options.window = 1;
  options.confirm = SubscribeOptions::Confirm::kByProgram;
  slow.Subscribe(options);
  for (const char* subject : {"1", "2", "3", "4"}) {
    bus.Publish("n1", Named("app.a", subject));
  }
  EXPECT_THAT(slow.Seen(), ElementsAre("app.a 1"));

  bus.Trim(bus.history().back().globalseq - 1);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(slow.client()->Confirm(slow.subscription).ok());
    slow.Work();
  }

  EXPECT_THAT(slow.seen(), ElementsAre("app.a 1", "peal.gap", "app.a 4"));
}

TEST(FakeBus, LocalEventsThatAreGoneAreAGapThatCountsThem) {
  FakeBus bus;
  for (const char* subject : {"1", "2", "3"}) {
    Event event = Named("app.l", subject);
    event.scope = Scope::kLocal;
    EXPECT_TRUE(bus.Publish("n1", event).status.ok());
  }
  Program program(On(&bus, "n1"));
  SubscribeOptions options{.types = {"app.*"}, .scope = SubscribeScope::kLocal};
  options.from = SubscribeOptions::From::kFirst;

  bus.DropLocal("n1", 2);
  program.Subscribe(From(options, 1));

  EXPECT_THAT(program.Seen(), ElementsAre("peal.gap", "app.l 3"));
  EXPECT_EQ(program.events[0].attributes,
            (Attributes{{"cause", "trimmed"}, {"locals", int64_t{2}}}));
  ASSERT_EQ(bus.LocalEvents("n1").size(), 1U);
  EXPECT_EQ(bus.LocalEvents("n1")[0].subject, "3");
}

TEST(FakeBus, AMinorityHasItsLocalEventsAndIsToldThatItIsOne) {
  FakeBus bus({"n1", "n2", "n3"});
  Program program(On(&bus, "n3"));
  program.Subscribe(
      {.types = {"peal.isolated", "peal.quorum", "app.*"}, .scope = SubscribeScope::kLocal});

  bus.Partition({{"n3"}, {"n1", "n2"}});
  Event event = Named("app.l");
  event.scope = Scope::kLocal;
  EXPECT_TRUE(bus.Publish("n3", event).status.ok());
  bus.Heal();

  EXPECT_THAT(program.Seen(),
              ElementsAre("peal.quorum", "peal.isolated", "app.l", "peal.quorum", "peal.isolated"));
}

TEST(FakeBus, ADurableSubscriptionGoesOnAtAnotherNode) {
  FakeBus bus({"n1", "n2", "n3"});
  SubscribeOptions options = Global({"app.*"});
  options.durable = "audit";
  {
    Program one(On(&bus, "n1"));
    one.Subscribe(options);
    bus.Publish("n3", Named("app.a"));
    EXPECT_THAT(one.Seen(), ElementsAre("app.a"));
    bus.Advance(seconds(1));
    ASSERT_EQ(bus.Subscriptions("n2").size(), 1U);
    EXPECT_EQ(bus.Subscriptions("n2")[0].confirmed, bus.history().back().globalseq);
    EXPECT_EQ(bus.Subscriptions("n2")[0].node, "n1");
  }

  bus.Leave("n1");
  bus.Publish("n3", Named("app.b"));
  Program two(On(&bus, "n2"));
  two.Subscribe(options);

  EXPECT_THAT(two.Seen(), ElementsAre("app.b"));
}

TEST(FakeBus, AWholeClusterComesBackWithItsHistory) {
  FakeBus bus({"n1", "n2", "n3"});
  bus.Publish("n1", Named("app.a"));

  for (const char* node : {"n1", "n2", "n3"}) {
    bus.LoseDaemon(node);
  }
  for (const char* node : {"n2", "n3", "n1"}) {
    bus.RestartDaemon(node);
  }
  EXPECT_TRUE(bus.Publish("n2", Named("app.b")).status.ok());

  Program program(On(&bus, "n1"));
  program.Subscribe(From(Global({"app.*"}), 1));
  EXPECT_THAT(program.Seen(), ElementsAre("app.a", "app.b"));
}

TEST(FakeBus, ClientsMayOutliveIt) {
  auto bus = std::make_unique<FakeBus>();
  Program program(On(bus.get(), "n1"));
  program.Subscribe(Global({"app.*"}));

  bus.reset();
  EXPECT_TRUE(program.Publish(Named("app.a")).status.ok());

  EXPECT_THAT(program.Seen(), ElementsAre("app.a"));
}

TEST(FakeBusDeathTest, ATestThatAsksForWhatCannotBeIsTold) {
  FakeBus bus({"n1", "n2"});

  EXPECT_DEATH(FakeBus({"n1", "n1"}), "each once");
  EXPECT_DEATH(bus.Connect("n3"), "there is no node \"n3\"");
  EXPECT_DEATH(bus.Join("n1"), "n1 is up already");
  EXPECT_DEATH(bus.Partition({{"n1"}}), "each node is to be in one part");
  EXPECT_DEATH(bus.Partition({{"n1", "n2"}, {"n1"}}), "n1 cannot be in two parts");
  EXPECT_DEATH(bus.FailNext(ErrorKind::kBusy, 1, Fate::kPublished), "no answer");
  EXPECT_DEATH(bus.Trim(100), "the last one stays");
  EXPECT_DEATH(bus.DropLocal("n1", 100), "local events");
  bus.LoseDaemon("n1");
  EXPECT_DEATH(bus.LoseDaemon("n1"), "no daemon runs on n1");
  EXPECT_DEATH(bus.Connect("n1"), "no daemon runs on n1");
}

}  // namespace
}  // namespace peal::test
