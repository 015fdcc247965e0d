#include "client/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <set>

#include "tests/support/fake_daemon.h"

namespace peal {
namespace {

using std::chrono::milliseconds;
using test::FakeDaemon;
using test::FakeScript;
using test::kLong;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr milliseconds kShort{50};

Result<std::unique_ptr<Client>> ConnectTo(const std::string& path, milliseconds timeout = kLong) {
  return Client::Connect({.socket_path = path, .name = "test", .timeout = timeout});
}

std::unique_ptr<Client> MustConnect(const FakeDaemon& daemon) {
  auto client = ConnectTo(daemon.socket_path());
  EXPECT_TRUE(client.ok()) << client.status().message();
  return *std::move(client);
}

Event Small() {
  Event event;
  event.type = "app.started";
  return event;
}

TEST(Connect, TellsWhoAnswers) {
  FakeDaemon daemon;

  const auto client = MustConnect(daemon);

  EXPECT_EQ(client->daemon().node, "fake");
  EXPECT_EQ(client->daemon().incarnation, 7U);
}

TEST(Connect, NobodyThereIsUnreachable) {
  const auto client = ConnectTo("/nonexistent/socket");

  EXPECT_EQ((client.status()).kind(), ErrorKind::kUnreachable);
  EXPECT_THAT(client.status().message(), HasSubstr("/nonexistent/socket"));
}

TEST(Connect, AFileIsNoDaemon) {
  EXPECT_EQ((ConnectTo("/dev/null").status()).kind(), ErrorKind::kUnreachable);
}

TEST(Connect, APathThatIsTooLongIsInvalid) {
  EXPECT_EQ((ConnectTo("/" + std::string(200, 'x')).status()).kind(), ErrorKind::kInvalid);
}

TEST(Connect, AnEmptyPathIsThatOfTheEnvironment) {
  FakeDaemon daemon;
  setenv("PEAL_SOCKET", daemon.socket_path().c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
  const auto client = ConnectTo("");
  unsetenv("PEAL_SOCKET");  // NOLINT(concurrency-mt-unsafe): the daemon reads none.

  EXPECT_TRUE(client.ok()) << client.status().message();
}

TEST(Connect, ADaemonThatDoesNotAnswerIsUnreachable) {
  FakeScript script;
  script.welcome.reset();
  FakeDaemon daemon(script);

  EXPECT_EQ((ConnectTo(daemon.socket_path(), kShort).status()).kind(), ErrorKind::kUnreachable);
}

TEST(Connect, AnotherProgramsSocketIsUnreachable) {
  FakeScript script;
  script.raw_greeting = "220 mail.example.org ESMTP\r\n";
  FakeDaemon daemon(script);

  const auto client = ConnectTo(daemon.socket_path());

  EXPECT_EQ((client.status()).kind(), ErrorKind::kUnreachable);
  EXPECT_THAT(client.status().message(), HasSubstr("not a peald"));
}

TEST(Publish, GivesTheAnswerToItsCallback) {
  FakeDaemon daemon;
  const auto client = MustConnect(daemon);
  std::optional<PublishResult> result;

  ASSERT_TRUE(
      client->Publish(Small(), {}, [&](const PublishResult& answer) { result = answer; }).ok());
  while (!result) {
    ASSERT_TRUE(client->Dispatch(kLong).ok());
  }

  EXPECT_TRUE(result->status.ok());
  EXPECT_EQ(result->node, "fake");
  EXPECT_GT(result->globalseq, 100U);
}

TEST(Publish, GivesTheDaemonALittleLessTimeThanItself) {
  FakeDaemon daemon;
  const auto client = MustConnect(daemon);
  bool done = false;

  ASSERT_TRUE(
      client->Publish(Small(), {.timeout = milliseconds(2000)}, [&](auto&) { done = true; }).ok());
  while (!done) {
    ASSERT_TRUE(client->Dispatch(kLong).ok());
  }

  EXPECT_EQ(daemon.publishes().at(0).timeout_ms(), 1800U);
}

TEST(Publish, WithoutAnAnswerTheOutcomeIsUnknown) {
  FakeScript script;
  script.on_publish = [](const proto::Publish&) { return std::nullopt; };
  FakeDaemon daemon(script);
  const auto client = MustConnect(daemon);
  std::optional<PublishResult> result;

  ASSERT_TRUE(
      client->Publish(Small(), {.timeout = kShort}, [&](auto& answer) { result = answer; }).ok());
  while (!result) {
    ASSERT_TRUE(client->Dispatch(kLong).ok());
  }

  EXPECT_EQ((result->status).kind(), ErrorKind::kTimedOut);
  EXPECT_TRUE(result->submitted);
  EXPECT_THAT(result->status.message(), HasSubstr("the outcome is unknown"));
}

TEST(Publish, TheWindowHoldsBack) {
  FakeScript script;
  script.welcome->set_publish_window(3);
  FakeDaemon daemon(script);
  const auto client = MustConnect(daemon);
  int answered = 0;
  int refused = 0;

  for (int published = 0; published < 100;) {
    const Status status = client->Publish(Small(), {}, [&](auto&) { ++answered; });
    if (status.ok()) {
      ++published;
      continue;
    }
    ASSERT_EQ((status).kind(), ErrorKind::kBusy);
    ++refused;
    ASSERT_TRUE(client->Dispatch(kLong).ok());
  }
  while (answered < 100) {
    ASSERT_TRUE(client->Dispatch(kLong).ok());
  }

  EXPECT_GT(refused, 0);
  EXPECT_EQ(daemon.publishes().size(), 100U);
}

TEST(Publish, IsAnsweredOnceAlsoWhenTheConnectionBreaks) {
  FakeScript script;
  script.close_after_publishes = 2;
  script.close_once = true;
  FakeDaemon daemon(script);
  const auto client = MustConnect(daemon);
  std::vector<uint64_t> answered;
  const auto keep = [&](const PublishResult& result) {
    EXPECT_TRUE(result.status.ok()) << result.status.message();
    answered.push_back(result.sequence);
  };

  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(client->Publish(Small(), {}, keep).ok());
  }
  while (answered.size() < 4) {
    ASSERT_TRUE(client->Dispatch(kLong).ok());
  }

  EXPECT_THAT(answered, ElementsAre(1, 2, 3, 4));
  // The same publishes, whether they came before, again, or for the first time.
  std::map<uint64_t, std::set<uint64_t>> requests;
  for (const proto::Publish& publish : daemon.publishes()) {
    requests[publish.client_sequence()].insert(publish.request());
  }
  EXPECT_EQ(requests.size(), 4U);
  EXPECT_THAT(daemon.publishes().back().unanswered_from(), testing::Le(4U));
  EXPECT_THAT(daemon.sessions(), testing::SizeIs(2));
  EXPECT_EQ(daemon.sessions()[0], daemon.sessions()[1]);
  EXPECT_EQ(daemon.sessions()[0].size(), 16U);
}

TEST(Publish, WhenNoDaemonComesBackInTimeEveryCallbackHearsIt) {
  FakeScript script;
  script.close_after_publishes = 0;
  FakeDaemon daemon(script);
  const auto client = MustConnect(daemon);
  std::vector<ErrorKind> kinds;
  const auto keep = [&](const PublishResult& result) {
    kinds.push_back((result.status).kind());
    EXPECT_TRUE(result.submitted);
  };

  ASSERT_TRUE(client->Publish(Small(), {.timeout = kShort}, keep).ok());
  ASSERT_TRUE(client->Publish(Small(), {.timeout = kShort}, keep).ok());
  while (kinds.size() < 2) {
    ASSERT_TRUE(client->Dispatch(kLong).ok());
  }

  EXPECT_THAT(kinds, ElementsAre(ErrorKind::kUnreachable, ErrorKind::kUnreachable));
}

TEST(Publish, WhileTheDaemonIsAwayItIsKeptWhatWaitsFails) {
  auto daemon = std::make_unique<FakeDaemon>();
  const auto client = MustConnect(*daemon);
  daemon.reset();
  while (client->fd() >= 0) {
    ASSERT_TRUE(client->Dispatch(kLong).ok());
  }
  std::optional<PublishResult> result;

  EXPECT_EQ((client->GetStatus(kLong).status()).kind(), ErrorKind::kUnreachable);
  EXPECT_EQ((client->Flush(kLong)).kind(), ErrorKind::kUnreachable);
  EXPECT_EQ(client->Publish(Small(), {.ack = Ack::kNone}, nullptr).kind(), ErrorKind::kUnreachable);
  ASSERT_TRUE(
      client->Publish(Small(), {.timeout = kShort}, [&](auto& answer) { result = answer; }).ok());
  while (!result) {
    ASSERT_TRUE(client->Dispatch(kLong).ok());
  }

  EXPECT_EQ((result->status).kind(), ErrorKind::kUnreachable);
  EXPECT_FALSE(result->submitted);
  EXPECT_THAT(result->status.message(), HasSubstr("the event was not published"));
}

TEST(Publish, ADaemonThatStopsIsWaitedFor) {
  FakeDaemon daemon;
  const auto client = MustConnect(daemon);
  daemon.CloseAll("the daemon is stopping", proto::UNAVAILABLE);
  while (client->fd() >= 0) {
    ASSERT_TRUE(client->Dispatch(kLong).ok());
  }
  std::optional<PublishResult> result;

  ASSERT_TRUE(client->Publish(Small(), {}, [&](auto& answer) { result = answer; }).ok());
  while (!result) {
    ASSERT_TRUE(client->Dispatch(kLong).ok());
  }

  EXPECT_TRUE(result->status.ok());
}

TEST(Publish, WhenTheConnectionEndsForGoodEveryCallbackHearsIt) {
  FakeScript script;
  script.on_publish = [](const proto::Publish&) { return std::nullopt; };
  FakeDaemon daemon(script);
  const auto client = MustConnect(daemon);
  Status ended;
  ASSERT_TRUE(client
                  ->Subscribe({.on_end = [&](const Status& status) { ended = status; }},
                              [](const Event&) {})
                  .ok());
  std::optional<PublishResult> result;
  std::optional<Result<uint64_t>> barrier;

  ASSERT_TRUE(client->Publish(Small(), {}, [&](auto& answer) { result = answer; }).ok());
  while (daemon.publishes().empty()) {
    ASSERT_TRUE(client->Dispatch(kShort).ok());
  }
  daemon.CloseAll("not you", proto::PERMISSION_DENIED);
  Status status;
  while (status.ok()) {
    status = client->Dispatch(kLong);
  }

  EXPECT_EQ(status.kind(), ErrorKind::kNotPermitted);
  EXPECT_EQ(ended, status);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->status, status);
  EXPECT_TRUE(result->submitted);
  EXPECT_EQ(client->fd(), -1);
  EXPECT_EQ(client->Publish(Small(), {}, nullptr), status);
  EXPECT_EQ(client->GetStatus(kLong).status(), status);
  EXPECT_EQ(client->BarrierAsync([&](auto answer) { barrier = answer; }, kLong), status);
  EXPECT_FALSE(barrier.has_value());
}

TEST(Publish, IsPossibleFromACallbackWhatWaitsIsNot) {
  FakeDaemon daemon;
  const auto client = MustConnect(daemon);
  bool second = false;

  ASSERT_TRUE(client
                  ->Publish(Small(), {},
                            [&](auto&) {
                              EXPECT_FALSE(client->Dispatch(kShort).ok());
                              EXPECT_FALSE(client->GetStatus(kShort).ok());
                              EXPECT_TRUE(
                                  client->Publish(Small(), {}, [&](auto&) { second = true; }).ok());
                            })
                  .ok());
  while (!second) {
    ASSERT_TRUE(client->Dispatch(kLong).ok());
  }
}

TEST(Subscribe, DeliversInOrder) {
  FakeScript script;
  for (uint64_t i = 1; i <= 3; ++i) {
    script.history.push_back(Small());
    script.history.back().globalseq = i;
  }
  FakeDaemon daemon(script);
  const auto client = MustConnect(daemon);
  std::vector<uint64_t> seen;

  ASSERT_TRUE(
      client->Subscribe({}, [&](const Event& event) { seen.push_back(event.globalseq); }).ok());
  Event live = Small();
  live.globalseq = 4;
  daemon.Deliver(live);
  while (seen.size() < 4) {
    ASSERT_TRUE(client->Dispatch(kLong).ok());
  }

  EXPECT_THAT(seen, ElementsAre(1, 2, 3, 4));
}

TEST(Subscribe, TellsTheDaemonsRefusal) {
  FakeScript script;
  script.subscribed.set_code(proto::OUT_OF_RANGE);
  script.subscribed.set_message("trimmed");
  FakeDaemon daemon(script);
  const auto client = MustConnect(daemon);

  EXPECT_EQ((client->Subscribe({}, [](const Event&) {}).status()).kind(), ErrorKind::kTrimmed);
}

TEST(Unsubscribe, EndsTheCallbacks) {
  FakeDaemon daemon;
  const auto client = MustConnect(daemon);
  int seen = 0;
  const auto subscription = client->Subscribe({}, [&](const Event&) { ++seen; });
  ASSERT_TRUE(subscription.ok());

  EXPECT_TRUE(client->Unsubscribe(*subscription).ok());
  daemon.Deliver(Small());
  // Its answer comes after the event.
  EXPECT_TRUE(client->GetStatus(kLong).ok());

  EXPECT_EQ(seen, 0);
  EXPECT_EQ((client->Unsubscribe(*subscription)).kind(), ErrorKind::kNotFound);
}

TEST(Ask, StatusListAndBarrierAnswer) {
  FakeScript script;
  script.status->set_phase("primary");
  script.status->add_members()->set_name("n2");
  script.list.add_classes()->set_name("ip");
  script.barrier.set_globalseq(42);
  FakeDaemon daemon(script);
  const auto client = MustConnect(daemon);

  const auto status = client->GetStatus(kLong);
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(status->phase, "primary");
  EXPECT_EQ(status->members.at(0).name, "n2");
  const auto listing = client->List(ListWhat::kClasses, kLong);
  ASSERT_TRUE(listing.ok());
  EXPECT_EQ(listing->classes.at(0).name, "ip");
  EXPECT_EQ(*client->Barrier(kLong), 42U);
}

TEST(Ask, ABarrierWithoutPrimaryTellsSo) {
  FakeScript script;
  script.barrier.set_code(proto::UNAVAILABLE);
  FakeDaemon daemon(script);
  const auto client = MustConnect(daemon);

  EXPECT_EQ((client->Barrier(kLong).status()).kind(), ErrorKind::kNoPrimary);
}

TEST(Dispatch, TellsTheDaemonsReasonForClosing) {
  FakeDaemon daemon;
  const auto client = MustConnect(daemon);

  daemon.CloseAll("too slow");
  Status status;
  while (status.ok()) {
    status = client->Dispatch(kLong);
  }

  EXPECT_EQ(status.kind(), ErrorKind::kBusy);
  EXPECT_THAT(status.message(), HasSubstr("too slow"));
}

TEST(Dispatch, ReturnsWhenTimeIsUp) {
  FakeDaemon daemon;
  const auto client = MustConnect(daemon);

  EXPECT_TRUE(client->Dispatch(milliseconds(1)).ok());
}

}  // namespace
}  // namespace peal
