// The server over real unix sockets, with an order that the test controls.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/server/server.h"
#include "tests/support/fake_order.h"
#include "tests/support/local_disk.h"
#include "tests/support/loop_driver.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/server/test_client.h"

namespace peal::server {

class FakeDirectory : public ProducerDirectory {
 public:
  std::vector<proto::ClassInfo> Classes() const override {
    proto::ClassInfo ip;
    ip.set_name("ip");
    ip.add_types("ip.added");
    ip.add_types("ip.removed");
    proto::ClassInfo node;
    node.set_name("node");
    node.add_types("node.joined");
    return {ip, node};
  }
  std::vector<proto::ProducerInfo> Producers() const override {
    proto::ProducerInfo info;
    info.set_name("ip");
    return {info};
  }
};

// A journal that holds nothing.
class EmptyHistory : public History {
 public:
  explicit EmptyHistory(io::Loop* loop) : loop_(loop) {}
  Sequence first() const override { return Sequence(0); }
  Sequence PlaceBefore(int64_t /*time_us*/) const override { return Sequence(0); }
  void Read(Sequence /*from*/, size_t /*bytes_max*/, Callback done) override {
    loop_->Post([done = std::move(done)] { done(absl::NotFoundError("not held")); });
  }

 private:
  io::Loop* const loop_;
};

class ServerFixture : public testing::Test {
 protected:
  ServerFixture() : loop_(io::MakeAsioLoop()) {
    options_.node = "n1";
    options_.incarnation = Incarnation(3);
    options_.version = "test";
    options_.access = Access(io::OwnCredentials().uid, {});
  }

  void Start() {
    server_ =
        std::make_unique<Server>(ServerPorts{loop_.get(), &order_, &history_, &*local_.log,
                                             &*local_.history, local_.journal.get(), &directory_},
                                 options_);
    server_->SetDemandCallback([this](const Demand& demand) { demands_.push_back(demand); });
    ASSERT_TRUE(server_->Listen(path_).ok());
  }
  TestClient Connect() { return {loop_.get(), path_}; }
  // Connected and greeted.
  TestClient Greeted() {
    TestClient client = Connect();
    client.Hello();
    const std::optional<proto::ServerFrame> frame = client.Next();
    EXPECT_TRUE(frame && frame->has_welcome());
    return client;
  }
  TestClient Subscribed(const std::vector<std::string>& types,
                        proto::Subscribe::From from = proto::Subscribe::NEW,
                        proto::Subscribe::Scope scope = proto::Subscribe::ALL) {
    TestClient client = Greeted();
    client.Subscribe(1, types, from, scope);
    const std::optional<proto::ServerFrame> frame = client.Next();
    EXPECT_TRUE(frame && frame->has_subscribed() && frame->subscribed().code() == proto::OK);
    return client;
  }
  bool Reaches(const std::function<bool()>& condition) {
    return testing_support::RunUntil(loop_.get(), condition);
  }
  void Turn() {
    bool turned = false;
    loop_->Post([&] { turned = true; });
    ASSERT_TRUE(Reaches([&] { return turned; }));
  }
  // Applies a global event of another node.
  void Apply(uint64_t globalseq, const std::string& type, size_t data_bytes = 0) {
    proto::Event event;
    event.set_type(type);
    event.set_data(std::string(data_bytes, 'x'));
    EventChunk applied;
    ASSERT_TRUE(applied.Add(Sequence(globalseq), Epoch(2), event.SerializeAsString()));
    server_->OnApplied(applied);
  }
  static void ExpectClosing(TestClient* client, proto::Code code, const std::string& text) {
    const std::optional<proto::ServerFrame> frame = client->Next();
    ASSERT_TRUE(frame && frame->has_closing());
    EXPECT_EQ(frame->closing().code(), code);
    EXPECT_THAT(frame->closing().message(), testing::HasSubstr(text));
    EXPECT_FALSE(client->Next().has_value());
    EXPECT_TRUE(client->closed());
  }
  // The daemon still serves others.
  void ExpectAlive() { Greeted(); }

  const std::unique_ptr<io::Loop> loop_;
  const testing_support::TempFolder folder_;
  const std::string path_ = folder_.path() + "/peal.sock";
  testing_support::FakeOrder order_;
  FakeDirectory directory_;
  EmptyHistory history_{loop_.get()};
  testing_support::LocalDisk local_{loop_.get()};
  ServerOptions options_;
  std::unique_ptr<Server> server_;
  std::vector<Demand> demands_;
};

}  // namespace peal::server
