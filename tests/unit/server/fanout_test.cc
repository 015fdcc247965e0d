#include "core/server/fanout.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "core/base/prng.h"
#include "core/server/subscription.h"
#include "fmt/format.h"
#include "tests/unit/server/taken_delivery.h"

namespace peal::server {
namespace {

constexpr size_t kEndlessRoom = size_t{1} << 30;

// Memory holds all that is shown, so that there is no history; what subscriptions get is held
// against a filter that is written out here.
class FanoutTest : public testing::Test {
 protected:
  FanoutTest() { options_.node = "n1"; }

  struct Shown {
    bool local = false;
    uint64_t number = 0;
    uint64_t value = 0;
    uint64_t gap_from = 0;  // 0: none before it.
  };

  // One subscription for events whose value is a multiple of `step`.
  struct Reader {
    Reader(const SubscriptionSpec& spec, uint64_t multiple, FanoutTest* test)
        : step(multiple),
          from(test->shown_.size()),
          subscription(spec, *test->fanout_.Keep(spec.types, spec.where), &test->options_,
                       "n1-1-1.1", [this] { woken = true; }) {}

    const uint64_t step;
    const size_t from;  // Of what was shown.
    bool woken = false;
    Subscription subscription;
    std::vector<std::string> got;
  };

  Reader& Subscribe(uint64_t step, proto::Subscribe::Scope scope = proto::Subscribe::ALL) {
    SubscriptionSpec spec;
    spec.scope = scope;
    spec.where = fmt::format("value % {} = 0", step);
    return readers_.emplace_back(spec, step, this);
  }

  static std::string Encoded(uint64_t globalseq, uint64_t value) {
    proto::Event event;
    event.set_type("app.x");
    event.set_globalseq(globalseq);
    proto::Attribute* const attribute = event.add_attributes();
    attribute->set_name("value");
    attribute->mutable_value()->set_integer(static_cast<int64_t>(value));
    return event.SerializeAsString();
  }
  void ShowGlobal(uint64_t value, uint64_t left_out = 0) {
    const uint64_t before = feed_.last_global().value();
    const uint64_t number = before + 1 + left_out;
    feed_.AppendGlobal(Sequence(number), "app.x", Encoded(number, value));
    fanout_.Advance();
    shown_.push_back({false, number, value, left_out > 0 ? before + 1 : 0});
  }
  void ShowLocal(uint64_t value) {
    feed_.AppendLocal("app.x", Encoded(0, value));
    fanout_.Advance();
    shown_.push_back({true, feed_.last_local().value(), value, 0});
  }

  static void Pull(Reader* reader, size_t bytes_max = kEndlessRoom) {
    TakenDelivery taken;
    reader->subscription.Pull(bytes_max, taken.out());
    const proto::Deliver deliver = taken.Take();
    for (const std::string& encoded : deliver.events()) {
      proto::Event event;
      ASSERT_TRUE(event.ParseFromString(encoded));
      const bool gap = event.type() == "peal.gap";
      reader->got.push_back(gap ? fmt::format("gap from {}", event.attributes(1).value().integer())
                                : fmt::format("{} {}", event.globalseq() == 0 ? "local" : "global",
                                              event.attributes(0).value().integer()));
    }
  }
  static void Drain(Reader* reader) {
    for (int i = 0; i < 100 && reader->subscription.HasMore(); ++i) {
      Pull(reader);
    }
    EXPECT_FALSE(reader->subscription.HasMore());
  }

  std::vector<std::string> Expected(const Reader& reader) const {
    std::vector<std::string> expected;
    const SubscriptionSpec& spec = reader.subscription.spec();
    for (size_t i = reader.from; i < shown_.size(); ++i) {
      const Shown& shown = shown_[i];
      if (shown.local ? !spec.WantsLocal() : !spec.WantsGlobal()) {
        continue;
      }
      if (shown.gap_from > 0) {
        expected.push_back(fmt::format("gap from {}", shown.gap_from));
      }
      if (shown.value % reader.step == 0) {
        expected.push_back(fmt::format("{} {}", shown.local ? "local" : "global", shown.value));
      }
    }
    return expected;
  }

  ServerOptions options_;
  Feed feed_{kEndlessRoom};
  Fanout fanout_{&feed_};
  std::vector<Shown> shown_;
  std::deque<Reader> readers_;
};

TEST_F(FanoutTest, EachGetsWhatPassesItsFilterHoweverItPulls) {
  base::Prng random(1);
  for (uint64_t value = 1; value <= 20'000; ++value) {
    if (random.Below(500) == 0 && readers_.size() < 30) {
      Subscribe(1 + random.Below(7), static_cast<proto::Subscribe::Scope>(random.Below(3)));
    }
    if (random.Below(3) == 0) {
      ShowLocal(value);
    } else {
      ShowGlobal(value, random.Below(100) == 0 ? 1 + random.Below(5) : 0);
    }
    // The later half of them are slow, and are offered more than they take.
    for (size_t i = 0; i < readers_.size(); ++i) {
      if (random.Below(i % 2 == 0 ? 10 : 5000) == 0) {
        Pull(&readers_[i], random.Below(2000));
      }
    }
  }

  ASSERT_EQ(readers_.size(), 30U);
  for (Reader& reader : readers_) {
    Drain(&reader);
    EXPECT_EQ(reader.got, Expected(reader)) << reader.step;
    EXPECT_EQ(reader.subscription.lag(), 0U);
  }
}

TEST_F(FanoutTest, WakesWhoHasCaughtUpOnlyForWhatItWants) {
  Reader& reader = Subscribe(10);
  ShowGlobal(1);
  ShowLocal(2);
  EXPECT_FALSE(reader.woken);
  EXPECT_FALSE(reader.subscription.HasMore());

  ShowGlobal(10);

  EXPECT_TRUE(reader.woken);
  EXPECT_TRUE(reader.subscription.HasMore());
  EXPECT_EQ(reader.subscription.lag(), 1U);
  Drain(&reader);
  EXPECT_EQ(reader.got, std::vector<std::string>{"global 10"});
}

TEST_F(FanoutTest, WakesAllForAGap) {
  ShowGlobal(1);
  Reader& reader = Subscribe(10);

  ShowGlobal(2, 3);

  EXPECT_TRUE(reader.woken);
  Drain(&reader);
  EXPECT_EQ(reader.got, std::vector<std::string>{"gap from 2"});
}

TEST_F(FanoutTest, ALagIsCountedAlsoOfOneThatWasOfferedTooMuch) {
  Reader& reader = Subscribe(2);
  for (uint64_t value = 1; value <= 4 * Subscription::kPendingMax; ++value) {
    ShowGlobal(value);
  }

  EXPECT_GE(reader.subscription.lag(), Subscription::kPendingMax);
  Drain(&reader);
  EXPECT_EQ(reader.got, Expected(reader));
}

TEST_F(FanoutTest, OneThatEndsIsOfferedNothing) {
  Subscribe(2);
  Subscribe(2);
  readers_.pop_front();

  ShowGlobal(2);

  Drain(&readers_.front());
  EXPECT_EQ(readers_.front().got, std::vector<std::string>{"global 2"});
  readers_.clear();
  ShowGlobal(4);
}

TEST_F(FanoutTest, WhatIsNoFilterIsRefused) {
  EXPECT_EQ(fanout_.Keep({}, "value %").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace peal::server
