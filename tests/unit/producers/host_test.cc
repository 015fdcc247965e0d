#include "producers/host.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace peal::producers {
namespace {

// Records what the host does with it.
class FakeProducer : public Producer {
 public:
  explicit FakeProducer(std::string name) { description_.name = std::move(name); }

  const ClassDescription& description() const override { return description_; }
  absl::Status Start(Emit emit) override {
    if (failing_) {
      return absl::InternalError("no socket");
    }
    starts_++;
    emit_ = std::move(emit);
    return absl::OkStatus();
  }
  void Stop() override {
    stops_++;
    emit_ = nullptr;
  }

  void Observe(const std::string& subject) {
    proto::Event event;
    event.set_type(description_.name + ".seen");
    event.set_subject(subject);
    emit_(std::move(event));
  }

  int starts_ = 0;
  int stops_ = 0;
  bool failing_ = false;

 private:
  ClassDescription description_;
  Emit emit_;
};

class HostTest : public ::testing::Test {
 protected:
  HostTest() {
    auto producer = std::make_unique<FakeProducer>("ip");
    ip_ = producer.get();
    host_.Add(std::move(producer));
    host_.Add(std::make_unique<FakeProducer>("link"));
  }

  void Want(std::vector<std::string> global, std::vector<std::string> local) {
    Demand demand{.global = {}, .local = std::move(local)};
    if (!global.empty()) {
      demand.global["ip"] = std::move(global);
    }
    host_.SetDemand(demand);
  }

  std::vector<proto::Event> published_;
  Host host_{"n1", [this](proto::Event event) { published_.push_back(std::move(event)); }};
  FakeProducer* ip_;
};

TEST_F(HostTest, RunsAProducerFromItsFirstDemandToItsLast) {
  EXPECT_EQ(ip_->starts_, 0);

  Want({"n2"}, {});
  Want({"n2", "n3"}, {"ip"});
  Want({}, {"ip"});
  EXPECT_EQ(ip_->starts_, 1);
  EXPECT_EQ(ip_->stops_, 0);

  Want({}, {});
  EXPECT_EQ(ip_->stops_, 1);
  Want({"n2"}, {});
  EXPECT_EQ(ip_->starts_, 2);
}

TEST_F(HostTest, PublishesOnceGloballyForAllWhoWantItSo) {
  Want({"n1", "n2", "n3"}, {});

  ip_->Observe("10.0.0.1");

  ASSERT_EQ(published_.size(), 1u);
  EXPECT_EQ(published_[0].scope(), proto::SCOPE_GLOBAL);
  EXPECT_EQ(published_[0].subject(), "10.0.0.1");
}

TEST_F(HostTest, PublishesLocallyWhereOnlyThisNodeWantsIt) {
  Want({}, {"ip"});

  ip_->Observe("10.0.0.1");

  ASSERT_EQ(published_.size(), 1u);
  EXPECT_EQ(published_[0].scope(), proto::SCOPE_LOCAL);
}

TEST_F(HostTest, PublishesBothWhereBothAreWanted) {
  Want({"n2"}, {"ip"});

  ip_->Observe("10.0.0.1");

  ASSERT_EQ(published_.size(), 2u);
  EXPECT_NE(published_[0].scope(), published_[1].scope());
}

TEST_F(HostTest, IgnoresClassesThatNobodyProduces) {
  host_.SetDemand({.global = {{"paging", {"n2"}}}, .local = {"fs"}});

  EXPECT_EQ(ip_->starts_, 0);
  for (const ProducerState& state : host_.Producers()) {
    EXPECT_FALSE(state.active);
  }
}

TEST_F(HostTest, TellsWhatRunsForWhom) {
  Want({"n3", "n1"}, {"ip"});
  ip_->Observe("a");
  ip_->Observe("b");

  const std::vector<ProducerState> states = host_.Producers();

  ASSERT_EQ(states.size(), 2u);
  EXPECT_EQ(states[0].name, "ip");
  EXPECT_TRUE(states[0].active);
  EXPECT_EQ(states[0].wanted_by, (std::vector<std::string>{"n1", "n3"}));
  EXPECT_EQ(states[0].events, 2u);
  EXPECT_EQ(states[1].name, "link");
  EXPECT_FALSE(states[1].active);
}

TEST_F(HostTest, TriesAFailedProducerAgain) {
  ip_->failing_ = true;
  Want({"n2"}, {});
  EXPECT_FALSE(host_.Producers()[0].active);
  EXPECT_EQ(host_.Producers()[0].error, "no socket");

  ip_->failing_ = false;
  Want({"n2"}, {});

  EXPECT_TRUE(host_.Producers()[0].active);
  EXPECT_EQ(host_.Producers()[0].error, "");
}

TEST_F(HostTest, ListsClassesOfProducersAndOfTheBus) {
  host_.AddBusClass({.name = "node"});

  const std::vector<ClassDescription> classes = host_.Classes();

  ASSERT_EQ(classes.size(), 3u);
  EXPECT_EQ(classes[0].name, "ip");
  EXPECT_EQ(classes[1].name, "link");
  EXPECT_EQ(classes[2].name, "node");
}

}  // namespace
}  // namespace peal::producers
