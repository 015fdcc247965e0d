// Subscriptions over connections that break, and what of them is confirmed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "peal/client.h"
#include "tests/support/fake_daemon.h"

namespace peal {
namespace {

using std::chrono::milliseconds;
using test::FakeDaemon;
using test::FakeScript;
using test::kLong;
using test::Numbered;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using ByProgram = SubscribeOptions::Confirm;

FakeScript WithHistory(uint64_t count) {
  FakeScript script;
  for (uint64_t i = 1; i <= count; ++i) {
    script.history.push_back(Numbered(i));
  }
  return script;
}

// A client with one subscription, what it saw, and how it was told of its connection.
class Subscriber {
 public:
  explicit Subscriber(const FakeDaemon& daemon) {
    auto client = Client::Connect({.socket_path = daemon.socket_path(),
                                   .name = "test",
                                   .timeout = kLong,
                                   .on_connection = [this](ConnectionState state, const Status&) {
                                     states.push_back(state);
                                   }});
    EXPECT_TRUE(client.ok()) << client.status().message();
    client_ = *std::move(client);
  }

  Status Subscribe(SubscribeOptions options) {
    options.on_end = [this](const Status& status) { ends.push_back(status); };
    auto subscription = client_->Subscribe(options, [this](const Event& event) {
      seen.push_back(event.globalseq);
      if (confirm_in_callback) {
        EXPECT_TRUE(client_->Confirm(id).ok());
      }
      if (leave_at == event.globalseq) {
        EXPECT_TRUE(client_->Unsubscribe(id).ok());
      }
    });
    if (subscription.ok()) {
      id = *subscription;
    }
    return subscription.status();
  }

  // Dispatches until `fact`.
  template <typename Fact>
  void Until(Fact fact) {
    while (!fact()) {
      ASSERT_TRUE(client_->Dispatch(milliseconds(20)).ok());
    }
  }
  void UntilSeen(size_t count) {
    Until([&] { return seen.size() >= count; });
  }

  Client* client() { return client_.get(); }

  std::vector<uint64_t> seen;
  std::vector<Status> ends;
  std::vector<ConnectionState> states;
  SubscriptionId id;
  bool confirm_in_callback = false;
  uint64_t leave_at = 0;

 private:
  std::unique_ptr<Client> client_;
};

void Stop(FakeDaemon* daemon) {
  daemon->CloseAll("the daemon is stopping", proto::UNAVAILABLE);
}

TEST(Resume, GoesOnWhereItWasWithTheSameRequest) {
  FakeDaemon daemon(WithHistory(3));
  Subscriber subscriber(daemon);
  ASSERT_TRUE(subscriber
                  .Subscribe({.types = {"app.*"},
                              .where = "k = 1",
                              .scope = SubscribeScope::kGlobal,
                              .from = SubscribeOptions::From::kFirst,
                              .gaps = SubscribeOptions::Gaps::kEnd})
                  .ok());
  subscriber.UntilSeen(3);

  Stop(&daemon);
  daemon.Deliver(Numbered(4));
  subscriber.UntilSeen(4);
  Stop(&daemon);
  subscriber.Until([&] { return daemon.subscribes().size() == 3; });
  daemon.Deliver(Numbered(5));
  subscriber.UntilSeen(5);

  EXPECT_THAT(subscriber.seen, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(subscriber.ends, IsEmpty());
  const auto subscribes = daemon.subscribes();
  EXPECT_EQ(subscribes[1].from(), proto::Subscribe::PLACE);
  EXPECT_EQ(subscribes[1].place().global(), 3U);
  EXPECT_EQ(subscribes[2].place().global(), 4U);
  proto::Subscribe again = subscribes[1];
  again.set_from(proto::Subscribe::FIRST);
  again.clear_place();
  EXPECT_EQ(again.SerializeAsString(), subscribes[0].SerializeAsString());
}

TEST(Resume, TellsOfTheConnection) {
  FakeDaemon daemon;
  Subscriber subscriber(daemon);
  ASSERT_TRUE(subscriber.Subscribe({}).ok());

  Stop(&daemon);
  subscriber.Until([&] { return subscriber.states.size() == 2; });

  EXPECT_THAT(subscriber.states, ElementsAre(ConnectionState::kAway, ConnectionState::kConnected));
}

TEST(Resume, TheRetryHasADeadlineForALoopOfOnesOwn) {
  auto daemon = std::make_unique<FakeDaemon>();
  Subscriber subscriber(*daemon);
  ASSERT_TRUE(subscriber.Subscribe({}).ok());
  EXPECT_EQ(subscriber.client()->next_deadline().count(), -1);

  daemon.reset();
  subscriber.Until([&] { return subscriber.client()->fd() < 0; });

  EXPECT_GE(subscriber.client()->next_deadline().count(), 0);
  EXPECT_LE(subscriber.client()->next_deadline().count(), 1000);
}

TEST(Resume, WhatWaitedForAnAnswerFailsAtOnce) {
  FakeScript script;
  script.on_subscribe = [](const proto::Subscribe&) { return proto::SubscribeResult(); };
  FakeDaemon daemon(script);
  Subscriber subscriber(daemon);
  std::vector<ErrorKind> told;
  Stop(&daemon);

  ASSERT_TRUE(subscriber.client()
                  ->GetStatusAsync(
                      [&](const auto& answer) { told.push_back(answer.status().kind()); }, kLong)
                  .ok());
  ASSERT_TRUE(subscriber.client()
                  ->SubscribeAsync(
                      {}, [](const Event&) {},
                      [&](const Status& status) { told.push_back(status.kind()); }, kLong)
                  .ok());
  subscriber.Until([&] { return told.size() == 2; });
  subscriber.Until([&] { return subscriber.states.size() == 2; });

  EXPECT_THAT(told, ElementsAre(ErrorKind::kUnreachable, ErrorKind::kUnreachable));
  // Nobody has it: it is not asked for again.
  EXPECT_TRUE(subscriber.client()->GetStatus(kLong).ok());
  EXPECT_THAT(daemon.subscribes(), IsEmpty());
}

TEST(Resume, ARefusalThatStaysEndsTheSubscriptionOnly) {
  std::atomic<int> asked = 0;
  FakeScript script;
  script.on_subscribe = [&](const proto::Subscribe&) {
    proto::SubscribeResult result;
    result.set_code(++asked == 1 ? proto::OK : proto::PERMISSION_DENIED);
    result.set_message("not any more");
    return result;
  };
  FakeDaemon daemon(script);
  Subscriber subscriber(daemon);
  ASSERT_TRUE(subscriber.Subscribe({}).ok());

  Stop(&daemon);
  subscriber.Until([&] { return !subscriber.ends.empty(); });

  EXPECT_THAT(subscriber.ends, ElementsAre(Status(ErrorKind::kNotPermitted, "not any more")));
  EXPECT_TRUE(subscriber.client()->GetStatus(kLong).ok());
  EXPECT_EQ(subscriber.client()->Unsubscribe(subscriber.id).kind(), ErrorKind::kNotFound);
}

TEST(Resume, ARefusalThatPassesIsTriedAgain) {
  std::atomic<int> asked = 0;
  FakeScript script = WithHistory(1);
  script.on_subscribe = [&](const proto::Subscribe&) {
    proto::SubscribeResult result;
    const int time = ++asked;
    result.set_code(time == 2 || time == 3 ? proto::UNAVAILABLE : proto::OK);
    return result;
  };
  FakeDaemon daemon(script);
  Subscriber subscriber(daemon);
  ASSERT_TRUE(subscriber.Subscribe({}).ok());
  subscriber.UntilSeen(1);

  Stop(&daemon);
  daemon.Deliver(Numbered(2));
  subscriber.UntilSeen(2);

  EXPECT_THAT(subscriber.seen, ElementsAre(1, 2));
  EXPECT_THAT(subscriber.ends, IsEmpty());
  EXPECT_EQ(asked, 4);
}

TEST(Resume, WithoutPlacesItEnds) {
  FakeScript script;
  script.tells_places = false;
  FakeDaemon daemon(script);
  Subscriber subscriber(daemon);
  ASSERT_TRUE(subscriber.Subscribe({}).ok());

  Stop(&daemon);
  subscriber.Until([&] { return !subscriber.ends.empty(); });

  EXPECT_EQ(subscriber.ends[0].kind(), ErrorKind::kUnreachable);
}

TEST(Resume, ADurableOneGoesOnFromItsPlaceTooUnlessTheProgramConfirms) {
  for (const bool by_program : {false, true}) {
    FakeDaemon daemon(WithHistory(2));
    Subscriber subscriber(daemon);
    ASSERT_TRUE(subscriber
                    .Subscribe({.window = 10,
                                .confirm = by_program ? SubscribeOptions::Confirm::kByProgram
                                                      : SubscribeOptions::Confirm::kWhenHandled,
                                .durable = "app"})
                    .ok());
    subscriber.UntilSeen(2);

    Stop(&daemon);
    subscriber.Until([&] { return daemon.subscribes().size() == 2; });

    const proto::Subscribe again = daemon.subscribes()[1];
    EXPECT_EQ(again.durable(), "app");
    EXPECT_EQ(again.window(), 10U);
    EXPECT_EQ(again.from(), by_program ? proto::Subscribe::NEW : proto::Subscribe::PLACE);
    EXPECT_EQ(again.place().global(), by_program ? 0U : 2U);
  }
}

TEST(Resume, WhatWasEndedMeanwhileIsNotAskedForAgain) {
  FakeDaemon daemon;
  Subscriber subscriber(daemon);
  ASSERT_TRUE(subscriber.Subscribe({}).ok());
  Stop(&daemon);
  subscriber.Until([&] { return subscriber.client()->fd() < 0; });

  EXPECT_TRUE(subscriber.client()->Unsubscribe(subscriber.id).ok());

  subscriber.Until([&] { return subscriber.states.size() == 2; });
  EXPECT_TRUE(subscriber.client()->GetStatus(kLong).ok());
  EXPECT_THAT(daemon.subscribes(), SizeIs(1));
  EXPECT_THAT(daemon.unsubscribes(), IsEmpty());
  EXPECT_THAT(subscriber.ends, IsEmpty());
}

TEST(Confirm, IsSentWhenHandledOnceForWhatCameTogether) {
  FakeDaemon daemon(WithHistory(3));
  Subscriber subscriber(daemon);
  ASSERT_TRUE(subscriber.Subscribe({.window = 100}).ok());
  subscriber.UntilSeen(3);
  ASSERT_TRUE(subscriber.client()->GetStatus(kLong).ok());

  const auto confirms = daemon.confirms();
  ASSERT_THAT(confirms, SizeIs(1));
  EXPECT_EQ(confirms[0].request(), daemon.subscribes()[0].request());
  EXPECT_EQ(confirms[0].delivered(), 3U);
}

TEST(Confirm, IsTheProgramsWhenItSaysSo) {
  FakeDaemon daemon(WithHistory(3));
  Subscriber subscriber(daemon);
  ASSERT_TRUE(subscriber.Subscribe({.window = 100, .confirm = ByProgram::kByProgram}).ok());
  subscriber.UntilSeen(3);
  ASSERT_TRUE(subscriber.client()->GetStatus(kLong).ok());
  EXPECT_THAT(daemon.confirms(), IsEmpty());

  ASSERT_TRUE(subscriber.client()->Confirm(subscriber.id).ok());
  EXPECT_NE(subscriber.client()->poll_events() & 4, 0);  // POLLOUT
  ASSERT_TRUE(subscriber.client()->Flush(kLong).ok());
  ASSERT_TRUE(subscriber.client()->GetStatus(kLong).ok());

  ASSERT_THAT(daemon.confirms(), SizeIs(1));
  EXPECT_EQ(daemon.confirms()[0].delivered(), 3U);
}

TEST(Confirm, InTheCallbackTakesTheEventInHand) {
  FakeDaemon daemon;
  Subscriber subscriber(daemon);
  subscriber.confirm_in_callback = true;
  ASSERT_TRUE(subscriber.Subscribe({.window = 100, .confirm = ByProgram::kByProgram}).ok());

  daemon.Deliver(Numbered(1));
  subscriber.UntilSeen(1);
  ASSERT_TRUE(subscriber.client()->GetStatus(kLong).ok());

  ASSERT_THAT(daemon.confirms(), SizeIs(1));
  EXPECT_EQ(daemon.confirms()[0].delivered(), 1U);
}

TEST(Confirm, IsRefusedWhereItIsNotTheProgramsAndOfWhatIsNotThere) {
  FakeDaemon daemon;
  Subscriber subscriber(daemon);
  ASSERT_TRUE(subscriber.Subscribe({.window = 100}).ok());

  EXPECT_EQ(subscriber.client()->Confirm(subscriber.id).kind(), ErrorKind::kCondition);
  EXPECT_EQ(subscriber.client()->Confirm({4711}).kind(), ErrorKind::kNotFound);
}

TEST(Unsubscribe, IsPossibleInItsOwnCallback) {
  FakeDaemon daemon;
  Subscriber subscriber(daemon);
  subscriber.leave_at = 2;
  ASSERT_TRUE(subscriber.Subscribe({.window = 10}).ok());

  for (uint64_t i = 1; i <= 3; ++i) {
    daemon.Deliver(Numbered(i));
  }
  subscriber.UntilSeen(2);
  ASSERT_TRUE(subscriber.client()->GetStatus(kLong).ok());

  EXPECT_THAT(subscriber.seen, ElementsAre(1, 2));
  EXPECT_THAT(daemon.unsubscribes(), SizeIs(1));
  EXPECT_THAT(subscriber.ends, IsEmpty());
}

TEST(SubscriptionEnd, IsTold) {
  FakeDaemon daemon;
  Subscriber subscriber(daemon);
  ASSERT_TRUE(subscriber.Subscribe({.window = 10, .durable = "app"}).ok());

  daemon.EndSubscriptions(proto::ABORTED, "held by a newer subscription at n2");
  subscriber.Until([&] { return !subscriber.ends.empty(); });

  EXPECT_THAT(subscriber.ends,
              ElementsAre(Status(ErrorKind::kAborted, "held by a newer subscription at n2")));
  Stop(&daemon);
  subscriber.Until([&] { return subscriber.states.size() == 2; });
  ASSERT_TRUE(subscriber.client()->GetStatus(kLong).ok());
  EXPECT_THAT(daemon.subscribes(), SizeIs(1));
}

TEST(RemoveDurable, AsksByNameAndTellsTheAnswer) {
  FakeScript script;
  script.removed.set_code(proto::NOT_FOUND);
  FakeDaemon daemon(script);
  Subscriber subscriber(daemon);

  EXPECT_EQ(subscriber.client()->RemoveDurable("app", milliseconds(2000)).kind(),
            ErrorKind::kNotFound);

  ASSERT_THAT(daemon.removals(), SizeIs(1));
  EXPECT_EQ(daemon.removals()[0].name(), "app");
  EXPECT_EQ(daemon.removals()[0].timeout_ms(), 1800U);
}

TEST(Subscribe, SaysWhatTheOptionsSay) {
  FakeDaemon daemon;
  Subscriber subscriber(daemon);

  ASSERT_TRUE(subscriber
                  .Subscribe({.from = SubscribeOptions::From::kTime,
                              .from_time = {1'000'000},
                              .durable = "app",
                              .gaps = SubscribeOptions::Gaps::kEnd})
                  .ok());

  const proto::Subscribe subscribe = daemon.subscribes().at(0);
  EXPECT_EQ(subscribe.from(), proto::Subscribe::TIME);
  EXPECT_EQ(subscribe.from_time_us(), 1'000'000);
  EXPECT_EQ(subscribe.window(), 1000U);
  EXPECT_EQ(subscribe.gaps(), proto::Subscribe::END);
}

TEST(Ask, QuestionsWithCallbacksMayBeMadeInCallbacks) {
  FakeScript script;
  script.barrier.set_globalseq(42);
  FakeDaemon daemon(script);
  Subscriber subscriber(daemon);
  Client* const client = subscriber.client();
  uint64_t applied = 0;

  ASSERT_TRUE(client
                  ->GetStatusAsync(
                      [&](const Result<DaemonStatus>& status) {
                        EXPECT_TRUE(status.ok());
                        EXPECT_EQ(client->GetStatus(kLong).status().kind(), ErrorKind::kCondition);
                        EXPECT_TRUE(client
                                        ->BarrierAsync(
                                            [&](const Result<uint64_t>& passed) {
                                              applied = passed.ok() ? *passed : 0;
                                            },
                                            kLong)
                                        .ok());
                      },
                      kLong)
                  .ok());
  subscriber.Until([&] { return applied != 0; });

  EXPECT_EQ(applied, 42U);
}

TEST(Ask, WithoutAnAnswerInTimeThatIsTold) {
  FakeScript script;
  script.status.reset();
  FakeDaemon daemon(script);
  Subscriber subscriber(daemon);

  EXPECT_EQ(subscriber.client()->GetStatus(milliseconds(10)).status().kind(), ErrorKind::kTimedOut);
}

}  // namespace
}  // namespace peal
