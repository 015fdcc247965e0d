// Subscriptions that go on from a place, have a window, or are durable, over real unix sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/server/server_fixture.h"

namespace peal::server {
namespace {

using testing::HasSubstr;
using Change = proto::CursorChange;

class SessionSubscriptionsTest : public ServerFixture {
 protected:
  static void Subscribe(TestClient* client, proto::Subscribe request, uint64_t number = 1) {
    request.set_request(number);
    proto::ClientFrame frame;
    *frame.mutable_subscribe() = std::move(request);
    client->Send(frame);
  }
  static proto::Subscribe Durable(const std::string& name = "audit", uint32_t window = 10) {
    proto::Subscribe request;
    request.set_durable(name);
    request.set_window(window);
    return request;
  }
  static void Confirm(TestClient* client, uint64_t delivered) {
    proto::ClientFrame frame;
    frame.mutable_confirm()->set_request(1);
    frame.mutable_confirm()->set_delivered(delivered);
    client->Send(frame);
  }
  static void Unsubscribe(TestClient* client) {
    proto::ClientFrame frame;
    frame.mutable_unsubscribe()->set_request(1);
    client->Send(frame);
  }
  // The next change that the order is given, applied.
  Change NextChange() {
    EXPECT_TRUE(Reaches([this] { return !order_.durable_changes.empty(); }));
    return order_.CommitDurable();
  }
  // One that holds `audit`.
  TestClient Holder() {
    TestClient client = Greeted();
    Subscribe(&client, Durable());
    EXPECT_EQ(NextChange().kind(), Change::HOLD);
    EXPECT_EQ(client.Next()->subscribed().code(), proto::OK);
    return client;
  }
  void ApplyNext(const std::string& type = "app.g") {
    order_.applied_sequence = order_.applied_sequence.Next();
    ServerFixture::Apply(order_.applied_sequence.value(), type);
  }
  static proto::SubscribeResult Refused(TestClient* client) {
    const std::optional<proto::ServerFrame> frame = client->Next();
    EXPECT_TRUE(frame && frame->has_subscribed());
    return frame->subscribed();
  }
};

TEST_F(SessionSubscriptionsTest, ADeliveryTellsThePlaceWhereAnotherSessionGoesOn) {
  Start();
  TestClient first = Subscribed({});
  Apply(1, "app.a");
  const std::optional<proto::ServerFrame> frame = first.Next();
  ASSERT_TRUE(frame && frame->has_deliver());
  EXPECT_EQ(frame->deliver().place().global(), 1U);
  Apply(2, "app.b");

  TestClient second = Greeted();
  proto::Subscribe request;
  request.set_from(proto::Subscribe::PLACE);
  *request.mutable_place() = frame->deliver().place();
  Subscribe(&second, request);

  const proto::SubscribeResult result = second.Next()->subscribed();
  EXPECT_EQ(result.code(), proto::OK);
  EXPECT_EQ(result.place().global(), 1U);
  EXPECT_EQ(second.Events(1)[0].type(), "app.b");
}

TEST_F(SessionSubscriptionsTest, AWindowHoldsUntilConfirmed) {
  Start();
  TestClient client = Greeted();
  proto::Subscribe request;
  request.set_window(1);
  Subscribe(&client, request);
  ASSERT_EQ(client.Next()->subscribed().code(), proto::OK);
  Apply(1, "app.a");
  Apply(2, "app.b");

  EXPECT_EQ(client.Events(1)[0].type(), "app.a");
  Turn();
  EXPECT_FALSE(client.Poll().has_value());
  Confirm(&client, 1);
  EXPECT_EQ(client.Events(1)[0].type(), "app.b");
}

TEST_F(SessionSubscriptionsTest, ToConfirmWhatWasNotDeliveredBreaksTheProtocol) {
  Start();
  TestClient client = Subscribed({});
  Confirm(&client, 1);

  ExpectClosing(&client, proto::INVALID_ARGUMENT, "1 events are confirmed of 0");
  ExpectAlive();
}

TEST_F(SessionSubscriptionsTest, ADurableOneBeginsWhenTheOrderHasItsHold) {
  Start();
  ApplyNext();
  TestClient client = Greeted();
  Subscribe(&client, Durable());
  ASSERT_TRUE(Reaches([this] { return !order_.durable_changes.empty(); }));
  EXPECT_FALSE(client.Poll().has_value());

  const Change hold = order_.CommitDurable();

  EXPECT_EQ(hold.name(), "audit");
  EXPECT_FALSE(hold.has_place());
  const proto::SubscribeResult result = client.Next()->subscribed();
  EXPECT_EQ(result.code(), proto::OK);
  EXPECT_EQ(result.place().global(), 1U);
  ApplyNext("app.b");
  EXPECT_EQ(client.Events(1)[0].type(), "app.b");
}

TEST_F(SessionSubscriptionsTest, WhatIsConfirmedGoesIntoTheOrderOnce) {
  Start();
  TestClient client = Holder();
  ApplyNext();
  ApplyNext();
  client.Events(2);
  Confirm(&client, 1);

  Change move = NextChange();
  EXPECT_EQ(move.kind(), Change::MOVE);
  EXPECT_EQ(move.place().global(), 1U);
  Confirm(&client, 2);
  move = NextChange();
  EXPECT_EQ(move.place().global(), 2U);

  bool waited = false;
  const auto timer = loop_->After(3 * DurableHolds::kBeat, [&waited] { waited = true; });
  ASSERT_TRUE(Reaches([&waited] { return waited; }));
  EXPECT_TRUE(order_.durable_changes.empty());
}

TEST_F(SessionSubscriptionsTest, ALocalEventCountsInTheOrderWhenItIsDurable) {
  Start();
  TestClient client = Holder();
  client.Publish(7, "app.kept", proto::SCOPE_LOCAL);
  client.Events(1);
  ASSERT_EQ(client.Next()->published().code(), proto::OK);
  Confirm(&client, 1);
  EXPECT_EQ(NextChange().place().locals(0).number(), 1U);

  local_.files.FailNextSync();
  client.Publish(8, "app.lost", proto::SCOPE_LOCAL);
  client.Events(1);
  ASSERT_EQ(client.Next()->published().code(), proto::UNAVAILABLE);
  ApplyNext();
  client.Events(1);
  Confirm(&client, 3);

  const Change move = NextChange();
  EXPECT_EQ(move.place().global(), 1U);
  EXPECT_EQ(move.place().locals(0).number(), 1U);
}

TEST_F(SessionSubscriptionsTest, WhatItsFilterLeavesOutMovesItToo) {
  Start();
  TestClient client = Greeted();
  proto::Subscribe request = Durable();
  request.add_types("x");
  Subscribe(&client, request);
  NextChange();
  client.Next();
  ApplyNext();

  EXPECT_EQ(NextChange().place().global(), 1U);
}

TEST_F(SessionSubscriptionsTest, TheNextOneOfItsNameGoesOnAfterWhatWasConfirmed) {
  Start();
  {
    TestClient client = Holder();
    ApplyNext("app.a");
    ApplyNext("app.b");
    client.Events(2);
    Confirm(&client, 1);
  }
  Change change = NextChange();
  while (change.kind() == Change::MOVE) {
    change = NextChange();
  }
  EXPECT_EQ(change.kind(), Change::RELEASE);
  EXPECT_EQ(change.place().global(), 1U);

  TestClient next = Holder();

  EXPECT_EQ(next.Events(1)[0].type(), "app.b");
}

TEST_F(SessionSubscriptionsTest, WhoLeavesInOrderHearsThatItsPlaceIsKept) {
  Start();
  TestClient client = Holder();
  ApplyNext();
  client.Events(1);
  Confirm(&client, 1);
  Unsubscribe(&client);
  ASSERT_TRUE(Reaches([this] { return !order_.durable_changes.empty(); }));
  EXPECT_FALSE(client.Poll().has_value());

  EXPECT_EQ(NextChange().kind(), Change::RELEASE);

  const std::optional<proto::ServerFrame> frame = client.Next();
  ASSERT_TRUE(frame && frame->has_subscription_ended());
  EXPECT_EQ(frame->subscription_ended().code(), proto::OK);
  EXPECT_EQ(order_.durables[0].place.global(), 1U);
}

TEST_F(SessionSubscriptionsTest, TheOlderHolderIsToldAndGetsNothingMore) {
  Start();
  TestClient older = Holder();
  TestClient newer = Holder();
  server_->OnApplied({});

  const std::optional<proto::ServerFrame> frame = older.Next();

  ASSERT_TRUE(frame && frame->has_subscription_ended());
  EXPECT_EQ(frame->subscription_ended().code(), proto::ABORTED);
  EXPECT_THAT(frame->subscription_ended().message(), HasSubstr("newer subscriber on node n1"));
  ApplyNext();
  EXPECT_EQ(newer.Events(1).size(), 1U);
  EXPECT_FALSE(older.Poll().has_value());
}

TEST_F(SessionSubscriptionsTest, ANewerHolderOnAnotherNodeIsToldTheSameWay) {
  Start();
  TestClient client = Holder();
  Change change;
  change.set_name("audit");
  change.set_hold(1);
  ASSERT_TRUE(order_.Apply(change, /*here=*/false).ok());
  server_->OnApplied({});

  const std::optional<proto::ServerFrame> frame = client.Next();

  ASSERT_TRUE(frame && frame->has_subscription_ended());
  EXPECT_THAT(frame->subscription_ended().message(), HasSubstr("on node n2"));
}

TEST_F(SessionSubscriptionsTest, RemovedItEnds) {
  Start();
  TestClient client = Holder();
  TestClient other = Greeted();
  proto::ClientFrame remove;
  remove.mutable_remove_durable()->set_request(9);
  remove.mutable_remove_durable()->set_name("audit");
  other.Send(remove);
  EXPECT_EQ(NextChange().kind(), Change::REMOVE);
  EXPECT_EQ(other.Next()->removed().code(), proto::OK);
  server_->OnApplied({});

  EXPECT_EQ(client.Next()->subscription_ended().code(), proto::NOT_FOUND);

  other.Send(remove);
  EXPECT_EQ(other.Next()->removed().code(), proto::NOT_FOUND);
}

TEST_F(SessionSubscriptionsTest, AClientThatResumesADurableOneGetsNothingTwice) {
  Start();
  TestClient before = Holder();
  ApplyNext("app.a");
  ApplyNext("app.b");
  const proto::Place place = before.Next()->deliver().place();

  TestClient after = Greeted();
  proto::Subscribe request = Durable();
  request.set_from(proto::Subscribe::PLACE);
  *request.mutable_place() = place;
  Subscribe(&after, request);
  NextChange();

  EXPECT_EQ(after.Next()->subscribed().place().global(), place.global());
  EXPECT_EQ(order_.durables[0].place.global(), 0U);
}

TEST_F(SessionSubscriptionsTest, WithoutARoomInTheOrderItIsRefused) {
  Start();
  TestClient client = Greeted();
  Subscribe(&client, Durable());
  ASSERT_TRUE(Reaches([this] { return !order_.durable_changes.empty(); }));
  order_.durable_changes[0].done({absl::ResourceExhaustedError("full"), Sequence(), Epoch()});

  EXPECT_EQ(Refused(&client).code(), proto::RESOURCE_EXHAUSTED);
  Subscribe(&client, proto::Subscribe());
  EXPECT_EQ(client.Next()->subscribed().code(), proto::OK);
}

TEST_F(SessionSubscriptionsTest, OneThatIsLeftWhileItOpensIsLetGo) {
  Start();
  TestClient client = Greeted();
  Subscribe(&client, Durable());
  ASSERT_TRUE(Reaches([this] { return !order_.durable_changes.empty(); }));
  Unsubscribe(&client);
  Turn();
  order_.CommitDurable();

  EXPECT_EQ(NextChange().kind(), Change::RELEASE);
}

TEST_F(SessionSubscriptionsTest, BadNamesAndMissingWindowsAreRefused) {
  Start();
  TestClient client = Greeted();
  for (const std::string& name :
       {std::string("two words"), std::string(129, 'x'), std::string("caf\xc3\xa9")}) {
    Subscribe(&client, Durable(name));
    EXPECT_THAT(Refused(&client).message(), HasSubstr("name of a durable subscription"));
  }
  Subscribe(&client, Durable("audit", 0));
  EXPECT_THAT(Refused(&client).message(), HasSubstr("window"));
  EXPECT_TRUE(order_.durable_changes.empty());
}

TEST_F(SessionSubscriptionsTest, ListsWhoHoldsWhatAndWhereItIs) {
  Start();
  TestClient holder = Holder();
  server::DurablePlace elsewhere{"far", {}, 5, "n2", false, 1};
  elsewhere.place.set_global(3);
  order_.durables.push_back(elsewhere);
  order_.applied_sequence = Sequence(10);
  proto::ListReply reply;
  proto::ClientFrame list;
  list.mutable_list()->set_request(9);
  list.mutable_list()->set_what(proto::ListRequest::SUBSCRIPTIONS);
  holder.Send(list);

  reply = holder.Next()->list();

  ASSERT_EQ(reply.subscriptions_size(), 2);
  EXPECT_EQ(reply.subscriptions(0).durable(), "audit");
  EXPECT_EQ(reply.subscriptions(0).client(), "test");
  EXPECT_EQ(reply.subscriptions(0).node(), "n1");
  EXPECT_EQ(reply.subscriptions(1).durable(), "far");
  EXPECT_EQ(reply.subscriptions(1).node(), "n2");
  EXPECT_EQ(reply.subscriptions(1).confirmed(), 3U);
  EXPECT_EQ(reply.subscriptions(1).lag(), 7U);
}

}  // namespace
}  // namespace peal::server
