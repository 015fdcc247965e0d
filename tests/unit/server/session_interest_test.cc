// Subscriptions to types that are dispatched by interest, over real unix sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/server/server_fixture.h"

namespace peal::server {
namespace {

using testing::IsEmpty;

class SessionInterestTest : public ServerFixture {
 protected:
  SessionInterestTest() {
    options_.interest_types.push_back(*filter::TypeGlob::Parse("fs.*"));
    order_.ready = true;
  }

  void StartTelling() {
    Start();
    // As the daemon does.
    server_->SetDemandCallback([this](const Demand& demand) {
      demands_.push_back(demand);
      order_.SetInterest({.classes = {}, .types = {demand.types.begin(), demand.types.end()}});
    });
  }
  void Know() {
    order_.known_number = order_.told_number;
    server_->OnInterestKnown();
  }
  // All that the daemon has to say to the client has been said.
  static bool Silent(TestClient* client) { return !client->Poll().has_value(); }
};

TEST_F(SessionInterestTest, ASubscriptionIsAnsweredWhenWhatItAsksForIsKnown) {
  StartTelling();
  TestClient client = Greeted();
  client.Subscribe(1, {"fs.sample"});
  ASSERT_TRUE(Reaches([this] { return order_.told_number != InterestNumber(0); }));
  Turn();
  EXPECT_TRUE(Silent(&client));
  EXPECT_EQ(order_.interest.types, std::vector<std::string>{"fs.sample"});

  Know();

  const auto answer = client.Next();
  ASSERT_TRUE(answer && answer->has_subscribed());
  EXPECT_EQ(answer->subscribed().code(), proto::OK);
  Apply(1, "fs.sample");
  EXPECT_EQ(client.Events(1)[0].type(), "fs.sample");
}

TEST_F(SessionInterestTest, WhatIsAskedForAlreadyIsAnsweredAtOnce) {
  StartTelling();
  TestClient first = Greeted();
  first.Subscribe(1, {"fs.sample"});
  ASSERT_TRUE(Reaches([this] { return order_.told_number != InterestNumber(0); }));
  Know();
  ASSERT_TRUE(first.Next()->has_subscribed());

  TestClient second = Greeted();
  second.Subscribe(1, {"fs.sample"});

  EXPECT_TRUE(second.Next()->has_subscribed());
  EXPECT_EQ(order_.told_number, InterestNumber(1));
}

TEST_F(SessionInterestTest, OneOfOtherTypesAsksForNothingAndDoesNotWait) {
  StartTelling();
  TestClient client = Subscribed({"app.*"});
  Turn();

  EXPECT_EQ(order_.told_number, InterestNumber(0));
}

TEST_F(SessionInterestTest, ADaemonThatNeverSaysThatItKnowsIsNotWaitedForForLong) {
  StartTelling();
  TestClient client = Greeted();

  client.Subscribe(1, {"fs.sample"});

  EXPECT_TRUE(client.Next()->has_subscribed());
  EXPECT_EQ(order_.known_number, InterestNumber(0));
}

TEST_F(SessionInterestTest, ASubscriptionThatEndsBeforeItBeganIsAskedForNoMore) {
  StartTelling();
  TestClient client = Greeted();
  client.Subscribe(1, {"fs.sample"});
  ASSERT_TRUE(Reaches([this] { return order_.told_number == InterestNumber(1); }));

  proto::ClientFrame frame;
  frame.mutable_unsubscribe()->set_request(1);
  client.Send(frame);

  ASSERT_TRUE(Reaches([this] { return order_.told_number == InterestNumber(2); }));
  EXPECT_THAT(order_.interest.types, IsEmpty());
}

TEST_F(SessionInterestTest, WhatAClientAskedForGoesWithIt) {
  StartTelling();
  TestClient client = Greeted();
  client.Subscribe(1, {"fs.*"});
  ASSERT_TRUE(Reaches([this] { return order_.told_number == InterestNumber(1); }));
  Know();
  ASSERT_TRUE(client.Next()->has_subscribed());

  client.Close();

  ASSERT_TRUE(Reaches([this] { return order_.told_number == InterestNumber(2); }));
  EXPECT_THAT(order_.interest.types, IsEmpty());
}

TEST_F(SessionInterestTest, AProducerRunsWhenItsSubscriptionBeginsAndNotBefore) {
  options_.interest_types.push_back(*filter::TypeGlob::Parse("ip.*"));
  StartTelling();
  TestClient client = Greeted();
  client.Subscribe(1, {"ip.added"});
  ASSERT_TRUE(Reaches([this] { return order_.told_number == InterestNumber(1); }));
  EXPECT_THAT(demands_.back().global, IsEmpty());

  Know();

  ASSERT_TRUE(client.Next()->has_subscribed());
  ASSERT_TRUE(Reaches([this] { return demands_.back().global.contains("ip"); }));
}

TEST_F(SessionInterestTest, APublishThatNobodyAskedForIsAnsweredAndNotOrdered) {
  StartTelling();
  server_->OnInterest({{"n1", {.classes = {}, .types = {}, .narrowed = {"fs.*"}}}});
  TestClient client = Greeted();

  client.Publish(4, "fs.sample");

  const auto answer = client.Next();
  ASSERT_TRUE(answer && answer->has_published());
  EXPECT_EQ(answer->published().code(), proto::OK);
  EXPECT_TRUE(answer->published().unasked());
  EXPECT_THAT(order_.submissions, IsEmpty());

  server_->OnInterest({{"n1", {.classes = {}, .types = {"fs.s*"}, .narrowed = {"fs.*"}}}});
  client.Publish(5, "fs.sample");
  EXPECT_TRUE(Reaches([this] { return order_.submissions.size() == 1; }));
}

}  // namespace
}  // namespace peal::server
