// The server over real unix sockets, with an order that the test controls.
#include "core/server/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "tests/unit/server/server_fixture.h"

namespace peal::server {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

class ServerTest : public ServerFixture {};

TEST_F(ServerTest, GreetsWithItsLimits) {
  Start();
  TestClient client = Connect();
  client.Hello(9);

  const std::optional<proto::ServerFrame> frame = client.Next();

  ASSERT_TRUE(frame && frame->has_welcome());
  EXPECT_EQ(frame->welcome().version(), 1U);
  EXPECT_EQ(frame->welcome().node(), "n1");
  EXPECT_EQ(frame->welcome().incarnation(), 3U);
  EXPECT_EQ(frame->welcome().data_bytes_max(), options_.data_bytes_max);
  EXPECT_EQ(frame->welcome().publish_window(), options_.publish_window);
}

TEST_F(ServerTest, APublishThatComesAgainOverAnotherConnectionIsOneEvent) {
  Start();
  const std::string session(16, 's');
  TestClient before = Connect();
  before.Hello(1, session);
  before.PublishNumbered(1, 1, 1);
  ASSERT_TRUE(Reaches([&] { return order_.submissions.size() == 1; }));
  EXPECT_EQ(order_.submissions[0].options.client.session[15], 's');
  before.Close();

  TestClient after = Connect();
  after.Hello(1, session);
  after.PublishNumbered(7, 1, 1);
  after.PublishNumbered(8, 2, 1);
  ASSERT_TRUE(Reaches([&] { return order_.submissions.size() == 2; }));
  order_.CommitNext();
  order_.CommitNext();

  ASSERT_TRUE(after.Next()->has_welcome());
  const proto::PublishResult first = after.Next()->published();
  EXPECT_EQ(first.request(), 7U);
  EXPECT_EQ(first.globalseq(), 1U);
  EXPECT_EQ(after.Next()->published().globalseq(), 2U);
}

TEST_F(ServerTest, ANumberedPublishNeedsASessionAndASenseOfOrder) {
  Start();
  struct Case {
    std::string session;
    uint64_t sequence;
    uint64_t unanswered_from;
  };
  for (const Case& bad :
       {Case{"", 1, 1}, Case{std::string(16, 's'), 1, 0}, Case{std::string(16, 's'), 1, 2}}) {
    TestClient client = Connect();
    client.Hello(1, bad.session);
    ASSERT_TRUE(client.Next()->has_welcome());
    client.PublishNumbered(1, bad.sequence, bad.unanswered_from);
    ExpectClosing(&client, proto::INVALID_ARGUMENT, "publish 1 of");
  }
  TestClient client = Connect();
  client.Hello(1, "short");
  ExpectClosing(&client, proto::INVALID_ARGUMENT, "5 bytes");
  EXPECT_TRUE(order_.submissions.empty());
}

TEST_F(ServerTest, AVersionThatItDoesNotSpeakIsRefused) {
  Start();
  TestClient client = Connect();
  client.Hello(0);

  ExpectClosing(&client, proto::INVALID_ARGUMENT, "version");
}

TEST_F(ServerTest, GarbageEndsThatOneSession) {
  Start();
  TestClient bystander = Greeted();
  TestClient client = Connect();
  client.SendBytes(std::string("\x05\x00\x00\x00\xff\xff\xff\xff\xff", 9));

  ExpectClosing(&client, proto::INVALID_ARGUMENT, "no ClientFrame");
  bystander.Publish(1, "app.l", proto::SCOPE_LOCAL);
  EXPECT_TRUE(bystander.Next()->has_published());
}

TEST_F(ServerTest, AFrameThatIsTooLongEndsItsSession) {
  Start();
  TestClient client = Greeted();
  client.SendBytes(std::string("\xff\xff\xff\x7f", 4));

  ExpectClosing(&client, proto::INVALID_ARGUMENT, "a frame of 2147483647 bytes");
  ExpectAlive();
}

TEST_F(ServerTest, ATornFrameEndsItsSession) {
  Start();
  TestClient client = Greeted();
  client.SendBytes(std::string("\x10\x00\x00\x00half", 8));
  testing::internal::CaptureStderr();
  client.Close();
  ExpectAlive();

  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("in the middle of a frame"));
}

TEST_F(ServerTest, TheFirstFrameIsHelloAndOnlyTheFirst) {
  Start();
  TestClient early = Connect();
  early.Publish(1, "app.a");
  ExpectClosing(&early, proto::INVALID_ARGUMENT, "no Hello");

  TestClient twice = Greeted();
  twice.Hello();
  ExpectClosing(&twice, proto::INVALID_ARGUMENT, "second Hello");
}

TEST_F(ServerTest, WhoDoesNotGreetIsClosedInTime) {
  options_.hello_timeout = milliseconds(20);
  Start();
  TestClient client = Connect();

  ExpectClosing(&client, proto::DEADLINE_EXCEEDED, "no Hello");
}

TEST_F(ServerTest, LogsOneLineWithTheReasonAndThePeer) {
  Start();
  testing::internal::CaptureStderr();
  TestClient client = Connect();
  client.SendBytes(std::string("\x00\x00\x00\x00", 4));
  ExpectClosing(&client, proto::INVALID_ARGUMENT, "0 bytes");

  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_THAT(text, HasSubstr(fmt::format("pid {}, uid {}", ::getpid(), ::geteuid())));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST_F(ServerTest, BeyondTheLimitClientsAreRefused) {
  options_.sessions_max = 1;
  Start();
  TestClient first = Greeted();
  TestClient second = Connect();
  ExpectClosing(&second, proto::RESOURCE_EXHAUSTED, "1 clients");

  first.Close();
  EXPECT_TRUE(Reaches([&] {
    TestClient next = Connect();
    next.Hello();
    const std::optional<proto::ServerFrame> frame = next.Next();
    return frame && frame->has_welcome();
  }));
}

TEST_F(ServerTest, WhoIsSilentMakesRoomForOthersTheLongestFirst) {
  options_.sessions_max = 2;
  Start();
  TestClient first = Connect();
  TestClient second = Connect();
  Turn();

  TestClient third = Greeted();
  ExpectClosing(&first, proto::RESOURCE_EXHAUSTED, "no Hello yet");
  TestClient fourth = Greeted();
  ExpectClosing(&second, proto::RESOURCE_EXHAUSTED, "no Hello yet");
  TestClient fifth = Connect();

  ExpectClosing(&fifth, proto::RESOURCE_EXHAUSTED, "2 clients");
}

TEST_F(ServerTest, AnswersPublishesInTheirOrder) {
  Start();
  TestClient client = Greeted();
  client.Publish(1, "app.g");
  client.Publish(2, "not a type");
  client.Publish(3, "app.l", proto::SCOPE_LOCAL);
  ASSERT_TRUE(Reaches([&] { return order_.submissions.size() == 1; }));
  EXPECT_FALSE(client.Poll().has_value());
  order_.CommitNext();

  const auto first = client.Next();
  const auto second = client.Next();
  const auto third = client.Next();

  ASSERT_TRUE(first && second && third);
  EXPECT_EQ(first->published().request(), 1U);
  EXPECT_EQ(first->published().globalseq(), 1U);
  EXPECT_EQ(first->published().id(), "n1-3-1");
  EXPECT_EQ(first->published().node(), "n1");
  EXPECT_EQ(second->published().request(), 2U);
  EXPECT_EQ(second->published().code(), proto::INVALID_ARGUMENT);
  EXPECT_EQ(third->published().request(), 3U);
  EXPECT_EQ(third->published().sequence(), 2U);
  EXPECT_EQ(third->published().globalseq(), 0U);
}

TEST_F(ServerTest, WithoutAPrimaryComponentAPublishEndsUnavailable) {
  order_.SetPrimary(false);
  Start();
  TestClient client = Greeted();
  client.Publish(1, "app.g", proto::SCOPE_GLOBAL, 20);

  const auto answer = client.Next();

  ASSERT_TRUE(answer && answer->has_published());
  EXPECT_EQ(answer->published().code(), proto::UNAVAILABLE);
  EXPECT_FALSE(answer->published().submitted());
}

TEST_F(ServerTest, ReadsNoMoreWhileTheWindowIsFull) {
  options_.publish_window = 2;
  Start();
  TestClient client = Greeted();
  for (uint64_t i = 1; i <= 5; ++i) {
    client.Publish(i, "app.g");
  }
  ASSERT_TRUE(Reaches([&] { return order_.submissions.size() == 2; }));
  Turn();
  EXPECT_EQ(order_.submissions.size(), 2U);

  for (uint64_t i = 1; i <= 5; ++i) {
    ASSERT_TRUE(Reaches([&] { return !order_.submissions.empty(); }));
    order_.CommitNext();
    EXPECT_EQ(client.Next()->published().request(), i);
  }
}

TEST_F(ServerTest, WhatASessionPublishedStaysWhenItIsGone) {
  Start();
  TestClient client = Greeted();
  client.Publish(1, "app.g");
  client.Publish(2, "app.g");
  client.Close();
  ASSERT_TRUE(Reaches([&] { return order_.submissions.size() == 2; }));
  ExpectAlive();

  order_.CommitNext();
  order_.CommitNext();

  ExpectAlive();
}

TEST_F(ServerTest, DeliversWhatIsAppliedWithItsPlaceInTheOrder) {
  Start();
  TestClient client = Subscribed({"app.*"});
  Apply(1, "app.a");
  Apply(2, "other");
  Apply(3, "app.b");

  const std::vector<proto::Event> events = client.Events(2);

  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].globalseq(), 1U);
  EXPECT_EQ(events[0].epoch(), 2U);
  EXPECT_EQ(events[1].type(), "app.b");
}

TEST_F(ServerTest, LocalEventsHaveTheirNumbersAndNoPlaceInTheOrder) {
  Start();
  TestClient client = Subscribed({});
  client.Publish(2, "app.l", proto::SCOPE_LOCAL);
  const std::vector<proto::Event> first = client.Events(1);
  const std::optional<proto::ServerFrame> answer = client.Next();
  ASSERT_TRUE(answer && answer->has_published());
  EXPECT_EQ(answer->published().code(), proto::OK);
  proto::Event internal;
  internal.set_type("peal.quorum");
  internal.set_scope(proto::SCOPE_LOCAL);
  server_->PublishInternal(internal);

  std::vector<proto::Event> events = client.Events(1);
  events.insert(events.begin(), first.begin(), first.end());

  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].sequence(), 1U);
  EXPECT_EQ(events[0].originpid(), static_cast<uint32_t>(::getpid()));
  EXPECT_EQ(events[1].sequence(), 2U);
  EXPECT_EQ(events[1].type(), "peal.quorum");
  EXPECT_EQ(events[1].globalseq(), 0U);
}

TEST_F(ServerTest, ASlowConsumerCostsNoMemoryAndLearnsWhatItMissed) {
  options_.session_output_bytes_max = 64 << 10;
  options_.history_bytes = 1 << 20;
  Start();
  TestClient slow = Subscribed({});
  constexpr uint64_t kEvents =
      400;  // Of 32 KiB: more than sockets, marks and history hold together.
  for (uint64_t i = 1; i <= kEvents; ++i) {
    Apply(i, "app.g", 32 << 10);
    Turn();
  }

  uint64_t expected = 1;
  int gaps = 0;
  while (expected <= kEvents) {
    for (const proto::Event& event : slow.Events(1)) {
      if (event.type() == "peal.gap") {
        ++gaps;
        EXPECT_EQ(event.attributes(1).value().integer(), static_cast<int64_t>(expected));
        expected = static_cast<uint64_t>(event.attributes(2).value().integer()) + 1;
      } else {
        ASSERT_EQ(event.globalseq(), expected++);
      }
    }
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_EQ(gaps, 1);
}

TEST_F(ServerTest, SubscribingBadlyIsAnAnswerNotTheEnd) {
  Start();
  TestClient client = Subscribed({});
  client.Subscribe(1, {});
  client.Subscribe(2, {"no glob"});

  EXPECT_EQ(client.Next()->subscribed().code(), proto::INVALID_ARGUMENT);
  EXPECT_EQ(client.Next()->subscribed().code(), proto::INVALID_ARGUMENT);
}

TEST_F(ServerTest, AnEndedSubscriptionGetsNothingMore) {
  Start();
  TestClient client = Subscribed({"app.*"});
  proto::ClientFrame frame;
  frame.mutable_unsubscribe()->set_request(1);
  client.Send(frame);
  client.Subscribe(2, {"app.b"});
  ASSERT_TRUE(client.Next()->has_subscribed());
  Apply(1, "app.a");
  Apply(2, "app.b");

  const auto delivered = client.Next();

  ASSERT_TRUE(delivered && delivered->has_deliver());
  EXPECT_EQ(delivered->deliver().request(), 2U);
  EXPECT_EQ(delivered->deliver().events_size(), 1);
}

TEST_F(ServerTest, TellsTheDemandAsItChanges) {
  Start();
  TestClient all = Subscribed({"ip.*"});
  ASSERT_TRUE(Reaches([&] { return demands_.size() == 1; }));
  EXPECT_EQ(demands_.back(), (Demand{.global = {"ip"}, .local = {}}));

  TestClient same = Subscribed({"ip.added"}, proto::Subscribe::NEW, proto::Subscribe::GLOBAL);
  TestClient local = Subscribed({"node.joined"}, proto::Subscribe::NEW, proto::Subscribe::LOCAL);
  ASSERT_TRUE(Reaches([&] { return demands_.size() == 2; }));
  EXPECT_EQ(demands_.back(), (Demand{.global = {"ip"}, .local = {"node"}}));

  all.Close();
  same.Close();
  ASSERT_TRUE(Reaches([&] { return demands_.size() == 3; }));
  EXPECT_EQ(demands_.back(), (Demand{.global = {}, .local = {"node"}}));
}

TEST_F(ServerTest, TellsItsStatusAndLists) {
  Start();
  TestClient client = Subscribed({"ip.*"});
  Apply(1, "app.a");
  proto::ClientFrame status;
  status.mutable_status()->set_request(8);
  client.Send(status);
  const auto reply = client.Next();
  ASSERT_TRUE(reply && reply->has_status());
  EXPECT_EQ(reply->status().request(), 8U);
  EXPECT_EQ(reply->status().node(), "n1");
  EXPECT_EQ(reply->status().phase(), "primary");
  EXPECT_EQ(reply->status().clients(), 1U);
  EXPECT_EQ(reply->status().subscriptions(), 1U);
  EXPECT_EQ(reply->status().first_globalseq(), 0U);
  EXPECT_EQ(reply->status().version(), "test");

  const auto list = [&](proto::ListRequest::What what) {
    proto::ClientFrame frame;
    frame.mutable_list()->set_what(what);
    client.Send(frame);
    return client.Next()->list();
  };
  EXPECT_EQ(list(proto::ListRequest::CLASSES).classes(0).name(), "ip");
  EXPECT_EQ(list(proto::ListRequest::PRODUCERS).producers(0).name(), "ip");
  EXPECT_EQ(list(proto::ListRequest::NODES).nodes(0).name(), "n1");
  const proto::ListReply subscriptions = list(proto::ListRequest::SUBSCRIPTIONS);
  EXPECT_EQ(subscriptions.subscriptions(0).client(), "test");
  EXPECT_EQ(subscriptions.subscriptions(0).types(0), "ip.*");
  EXPECT_EQ(subscriptions.subscriptions(0).scope(), "all");
}

TEST_F(ServerTest, ABarrierIsAnsweredWhenItPasses) {
  Start();
  TestClient client = Greeted();
  proto::ClientFrame frame;
  frame.mutable_barrier()->set_request(4);
  client.Send(frame);
  ASSERT_TRUE(Reaches([&] { return order_.barriers.size() == 1; }));
  order_.applied_sequence = Sequence(9);
  order_.barriers[0]({absl::OkStatus(), Sequence(0), Epoch(0), false});

  const auto reply = client.Next();

  ASSERT_TRUE(reply && reply->has_barrier());
  EXPECT_EQ(reply->barrier().request(), 4U);
  EXPECT_EQ(reply->barrier().code(), proto::OK);
  EXPECT_EQ(reply->barrier().globalseq(), 9U);
}

TEST_F(ServerTest, AChangeOfTheVotersIsAnsweredWhenItIsMade) {
  Start();
  TestClient client = Greeted();
  proto::ClientFrame frame;
  frame.mutable_cluster()->set_action(proto::ClusterRequest::FORGET);
  frame.mutable_cluster()->set_node("n3");
  client.Send(frame);
  ASSERT_TRUE(Reaches([&] { return order_.voter_changes.size() == 1; }));
  EXPECT_EQ(order_.voter_changes[0].node, "n3");
  order_.voter_changes[0].done(absl::NotFoundError("no n3"));

  const auto reply = client.Next();

  ASSERT_TRUE(reply && reply->has_cluster());
  EXPECT_EQ(reply->cluster().code(), proto::NOT_FOUND);
}

TEST_F(ServerTest, ShutdownAnswersWhatIsUnderWayAndEndsTheSessions) {
  Start();
  TestClient client = Greeted();
  client.Publish(1, "app.g");
  ASSERT_TRUE(Reaches([&] { return order_.submissions.size() == 1; }));
  bool done = false;
  server_->Shutdown([&] { done = true; });
  Turn();
  EXPECT_FALSE(done);
  EXPECT_EQ(io::ConnectUnix(path_).status().code(), absl::StatusCode::kUnavailable);

  order_.CommitNext();

  EXPECT_EQ(client.Next()->published().code(), proto::OK);
  ExpectClosing(&client, proto::UNAVAILABLE, "stopping");
  EXPECT_TRUE(Reaches([&] { return done; }));
}

TEST_F(ServerTest, ShutdownDoesNotWaitForeverForTheOrder) {
  options_.shutdown_timeout = milliseconds(20);
  Start();
  TestClient client = Greeted();
  client.Publish(1, "app.g");
  ASSERT_TRUE(Reaches([&] { return order_.submissions.size() == 1; }));
  bool done = false;
  server_->Shutdown([&] { done = true; });

  EXPECT_TRUE(Reaches([&] { return done; }));
}

}  // namespace
}  // namespace peal::server
