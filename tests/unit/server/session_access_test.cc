// What a session does for a client that may not do everything, with credentials of the test's
// choice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/server/session.h"
#include "tests/support/fake_order.h"
#include "tests/support/local_disk.h"
#include "tests/support/loop_driver.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/server/accounts.h"
#include "tests/unit/server/test_client.h"

namespace peal::server {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing_support::RunUntil;

class NoHistory : public History {
 public:
  Sequence first() const override { return Sequence(0); }
  Sequence PlaceBefore(int64_t) const override { return Sequence(0); }
  void Read(Sequence, size_t, Callback done) override { done(absl::NotFoundError("not held")); }
};

class SessionAccessTest : public testing::Test, private SessionHost {
 protected:
  SessionAccessTest() : loop_(io::MakeAsioLoop()) { options_.node = "n1"; }

  // Alice's client, connected and greeted, under this rule.
  TestClient Connect(std::set<Verb> verbs, const std::string& glob) {
    AccessRule rule{.uid = kAlice, .verbs = std::move(verbs), .types = {}};
    if (!glob.empty()) {
      rule.types.push_back(*filter::TypeGlob::Parse(glob));
    }
    options_.access = Access(/*owner=*/90, {rule});
    const std::string path = folder_.path() + "/peal.sock";
    absl::StatusOr<io::UnixListener> listener = io::UnixListener::Bind(path);
    EXPECT_TRUE(listener.ok());
    TestClient client(loop_.get(), path);
    EXPECT_TRUE(uid_limits_.Enter(kAlice, {}).ok());
    session_ = std::make_unique<Session>(SessionId(1), Context(), *std::move(*listener->Accept()),
                                         io::PeerCredentials{.uid = kAlice, .gid = 5, .pid = 6});
    client.Hello();
    EXPECT_TRUE(client.Next()->has_welcome());
    return client;
  }

  static void Publish(TestClient* client, const std::string& type, proto::Ack ack) {
    proto::ClientFrame frame;
    frame.mutable_publish()->set_request(1);
    frame.mutable_publish()->set_ack(ack);
    frame.mutable_publish()->mutable_event()->set_type(type);
    client->Send(frame);
  }
  static void Remove(TestClient* client, const std::string& name) {
    proto::ClientFrame frame;
    frame.mutable_remove_durable()->set_request(7);
    frame.mutable_remove_durable()->set_name(name);
    client->Send(frame);
  }
  static proto::Code Removed(TestClient* client, const std::string& name) {
    Remove(client, name);
    return client->Next()->removed().code();
  }
  // Everything sent before is done with.
  void Settle(TestClient* client) {
    proto::ClientFrame frame;
    frame.mutable_status()->set_request(99);
    client->Send(frame);
    EXPECT_EQ(client->Next()->status().request(), 99U);
  }

  const std::unique_ptr<io::Loop> loop_;
  const testing_support::TempFolder folder_;
  testing_support::FakeOrder order_;
  ServerOptions options_;
  std::vector<std::string> lines_;  // In the log.
  Feed feed_{1 << 20};

 private:
  SessionContext Context() {
    return {loop_.get(), &options_, &uid_limits_, &fanout_, &history_,  &*local_.history, &intake_,
            &order_,     &holds_,   &*local_.log, &places_, &dispatch_, &asking_,         this};
  }

  Session* FindSession(SessionId) override { return session_.get(); }
  void OnSessionReady(SessionId) override {
    loop_->Post([this] { session_->Pump(); });
  }
  void OnSubscriptionsChanged() override {
    loop_->Post([this] { asking_.Update(); });
  }
  void OnDelivered(uint64_t) override {}
  void OnSessionEnded(SessionId) override {}
  void FillStatus(proto::StatusReply* reply) override { reply->set_phase("primary"); }
  void FillList(proto::ListRequest::What, proto::ListReply*) override {}
  void LogClient(const std::string& text) override { lines_.push_back(text); }

  Fanout fanout_{&feed_};
  NoHistory history_;
  testing_support::LocalDisk local_{loop_.get()};
  Dispatch dispatch_{{}, {}};
  Asking asking_{loop_.get(), &order_};
  Intake intake_{{loop_.get(), &order_, &feed_, &*local_.log, &options_, &dispatch_},
                 [this] { fanout_.Advance(); }};
  UidLimits uid_limits_{&options_};
  DurableHolds holds_{loop_.get(), &intake_, &order_};
  const PlaceFormat places_{local_.log->id(), Incarnation(1), LocalNumber(0)};
  std::unique_ptr<Session> session_;
};

TEST_F(SessionAccessTest, ADeniedPublishIsAnsweredLoggedAndComesToNothing) {
  TestClient client = Connect({Verb::kPublish}, "app.*");

  client.Publish(1, "ip.added");
  const proto::PublishResult global = client.Next()->published();
  client.Publish(2, "ip.removed", proto::SCOPE_LOCAL);
  const proto::PublishResult local = client.Next()->published();

  EXPECT_EQ(global.code(), proto::PERMISSION_DENIED);
  EXPECT_FALSE(global.submitted());
  EXPECT_THAT(global.message(), HasSubstr("app.*"));
  EXPECT_EQ(local.code(), proto::PERMISSION_DENIED);
  EXPECT_TRUE(order_.submissions.empty());
  EXPECT_EQ(feed_.last_local(), LocalNumber(0));
  EXPECT_THAT(lines_, ElementsAre(AllOf(HasSubstr("client 'test' (pid 6, uid 1000)"),
                                        HasSubstr("'ip.added'")),
                                  HasSubstr("'ip.removed'")));
}

TEST_F(SessionAccessTest, AnAllowedPublishGoesItsWayInTheOrderOfThePublishes) {
  TestClient client = Connect({Verb::kPublish}, "app.*");
  client.Publish(1, "app.a");
  client.Publish(2, "ip.added");
  client.Publish(3, "app.l", proto::SCOPE_LOCAL);
  ASSERT_TRUE(RunUntil(loop_.get(), [this] { return order_.submissions.size() == 1; }));
  EXPECT_EQ(order_.submissions[0].event.originuid(), kAlice);

  order_.CommitNext();

  EXPECT_EQ(client.Next()->published().code(), proto::OK);
  EXPECT_EQ(client.Next()->published().code(), proto::PERMISSION_DENIED);
  EXPECT_EQ(client.Next()->published().code(), proto::OK);
}

TEST_F(SessionAccessTest, ADeniedPublishThatWantsNoAnswerIsDroppedWithALineInTheLog) {
  TestClient client = Connect({Verb::kPublish}, "app.*");

  Publish(&client, "ip.added", proto::ACK_NONE);
  Settle(&client);

  EXPECT_TRUE(order_.submissions.empty());
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("'ip.added'")));
}

TEST_F(SessionAccessTest, ASubscriptionToMoreThanIsAllowedIsRefusedWhole) {
  TestClient client = Connect({Verb::kSubscribe}, "app.*");

  client.Subscribe(1, {});
  const proto::SubscribeResult every = client.Next()->subscribed();
  client.Subscribe(1, {"app.a", "ip.*"});
  const proto::SubscribeResult one = client.Next()->subscribed();
  client.Subscribe(1, {"app.a"});
  const proto::SubscribeResult allowed = client.Next()->subscribed();
  feed_.AppendGlobal(Sequence(1), "ip.added", proto::Event().SerializeAsString());
  Settle(&client);

  EXPECT_EQ(every.code(), proto::PERMISSION_DENIED);
  EXPECT_EQ(one.code(), proto::PERMISSION_DENIED);
  EXPECT_THAT(one.message(), AllOf(HasSubstr("'ip.*'"), HasSubstr("app.*")));
  EXPECT_EQ(allowed.code(), proto::OK);
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("every type"), HasSubstr("'ip.*'")));
}

TEST_F(SessionAccessTest, TheVotersAreForWhoMayAdminister) {
  proto::ClientFrame frame;
  frame.mutable_cluster()->set_action(proto::ClusterRequest::BOOTSTRAP);
  {
    TestClient client = Connect({Verb::kPublish, Verb::kSubscribe}, "");
    client.Send(frame);
    EXPECT_EQ(client.Next()->cluster().code(), proto::PERMISSION_DENIED);
    EXPECT_TRUE(order_.voter_changes.empty());
    EXPECT_THAT(lines_, ElementsAre(HasSubstr("change the voters")));
  }
  lines_.clear();
  TestClient client = Connect({Verb::kAdmin}, "");
  client.Send(frame);
  Settle(&client);

  EXPECT_EQ(order_.voter_changes.size(), 1U);
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(SessionAccessTest, ADurableSubscriptionIsForgottenByItsOwnerAndByWhoMayAdminister) {
  order_.durables = {{"hers", {}, kAlice}, {"his", {}, kAlice + 1}};
  {
    TestClient client = Connect({Verb::kSubscribe}, "");
    EXPECT_EQ(Removed(&client, "his"), proto::PERMISSION_DENIED);
    EXPECT_TRUE(order_.durable_changes.empty());
    EXPECT_THAT(lines_, ElementsAre(HasSubstr("'his' of uid 1001")));
    Remove(&client, "hers");
    ASSERT_TRUE(RunUntil(loop_.get(), [this] { return order_.durable_changes.size() == 1; }));
    EXPECT_EQ(order_.durable_changes[0].change.owner(), kAlice);
  }
  order_.durable_changes.clear();
  lines_.clear();
  TestClient client = Connect({Verb::kAdmin}, "");

  Remove(&client, "his");

  EXPECT_TRUE(RunUntil(loop_.get(), [this] { return order_.durable_changes.size() == 1; }));
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(SessionAccessTest, WhoMayNotSubscribeAnyMoreForgetsNotEvenItsOwnDurableSubscription) {
  order_.durables = {{"hers", {}, kAlice}};
  TestClient client = Connect({Verb::kPublish}, "");

  EXPECT_EQ(Removed(&client, "hers"), proto::PERMISSION_DENIED);

  EXPECT_TRUE(order_.durable_changes.empty());
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("no right to subscribe")));
}

TEST_F(SessionAccessTest, BeyondItsUidsRateAPublishIsRefusedAndTheNextOnesToo) {
  options_.publish_rate_per_uid = 1;
  TestClient client = Connect({Verb::kPublish}, "");
  client.Publish(1, "app.l", proto::SCOPE_LOCAL);
  client.Publish(2, "app.l", proto::SCOPE_LOCAL);

  EXPECT_EQ(client.Next()->published().code(), proto::OK);
  const proto::PublishResult second = client.Next()->published();

  EXPECT_EQ(second.code(), proto::RESOURCE_EXHAUSTED);
  EXPECT_THAT(second.message(), HasSubstr("publish_rate_per_uid"));
  EXPECT_FALSE(second.submitted());
  EXPECT_EQ(feed_.last_local(), LocalNumber(1));
}

}  // namespace
}  // namespace peal::server
