#include "core/server/retention.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/fake_order.h"
#include "tests/support/manual_loop.h"

namespace peal::server {
namespace {

class FakeUpkeep : public journal::Upkeep {
 public:
  void Scrub() override {}
  std::optional<journal::Damage> damage() const override { return std::nullopt; }
  void Mend(std::vector<journal::Record>, std::function<void(absl::Status)>) override {}
  void KeepAfter(std::optional<Sequence> sequence) override { kept_after = sequence; }
  std::optional<Sequence> endangered() const override { return endangered_up_to; }

  std::optional<Sequence> kept_after;
  std::optional<Sequence> endangered_up_to;
};

class RetentionTest : public testing::Test {
 protected:
  void SetPlace(const std::string& name, uint64_t global) {
    std::erase_if(order_.durables, [&name](const DurablePlace& each) { return each.name == name; });
    DurablePlace place;
    place.name = name;
    place.place.set_global(global);
    order_.durables.push_back(place);
  }
  void Look() {
    if (!retention_) {
      retention_ = std::make_unique<Retention>(
          &loop_, &order_, &upkeep_,
          [this](proto::Event event) { published_.push_back(std::move(event)); });
      return;
    }
    loop_.Ring();
  }

  testing_support::ManualLoop loop_;
  testing_support::FakeOrder order_;
  FakeUpkeep upkeep_;
  std::vector<proto::Event> published_;
  std::unique_ptr<Retention> retention_;
};

TEST_F(RetentionTest, KeepsWhatTheSlowestHasNotRead) {
  Look();
  EXPECT_FALSE(upkeep_.kept_after.has_value());
  SetPlace("a", 20);
  SetPlace("b", 10);
  Look();
  EXPECT_EQ(upkeep_.kept_after, Sequence(10));
  order_.durables.clear();
  Look();
  EXPECT_FALSE(upkeep_.kept_after.has_value());
  EXPECT_TRUE(published_.empty());
}

TEST_F(RetentionTest, WarnsOnceOfEachPlaceThatIsEndangered) {
  order_.applied_sequence = Sequence(100);
  SetPlace("a", 20);
  SetPlace("b", 10);
  upkeep_.endangered_up_to = Sequence(15);
  Look();
  Look();

  ASSERT_EQ(published_.size(), 1U);
  EXPECT_EQ(published_[0].type(), "peal.lagging");
  EXPECT_EQ(published_[0].id(), "b-10");
  EXPECT_EQ(published_[0].attributes(0).value().integer(), 10);
  EXPECT_EQ(published_[0].attributes(1).value().text(), "b");
  EXPECT_EQ(published_[0].attributes(2).value().integer(), 90);

  SetPlace("b", 14);
  Look();
  ASSERT_EQ(published_.size(), 2U);
  EXPECT_EQ(published_[1].id(), "b-14");
}

}  // namespace
}  // namespace peal::server
