// Subscribing in C, and the barrier.
#include <gmock/gmock.h>

#include "tests/unit/client/c/program.h"

namespace peal::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

peal_subscribe_options DefaultSubscription() {
  peal_subscribe_options options{};
  options.size = sizeof(options);
  return options;
}

class CSubscribe : public CProgram {
 public:
  static void UnsubscribeAtOnce(peal_t* peal, const peal_event_t* event, void* user) {
    Keep(peal, event, user);
    EXPECT_EQ(peal_unsubscribe(peal, static_cast<CSubscribe*>(user)->subscription_), PEAL_OK);
  }

 protected:
  static void KeepEnd(peal_t* /*peal*/, peal_error_t error, const char* message, void* user) {
    static_cast<CSubscribe*>(user)->ends_.push_back(error);
    static_cast<CSubscribe*>(user)->end_text_ = message;
  }

  std::vector<peal_error_t> ends_;
  std::string end_text_;
  peal_subscription_t subscription_ = 0;
};

TEST_F(CSubscribe, AsksForWhatTheOptionsSay) {
  Start();
  const std::array<const char*, 2> types = {"node.*", "app.?"};
  peal_subscribe_options options = DefaultSubscription();
  options.types = types.data();
  options.type_count = types.size();
  options.where = "a = 1";
  options.scope = PEAL_SUBSCRIBE_LOCAL;
  options.from = PEAL_FROM_SEQUENCE;
  options.from_sequence = 17;
  options.durable = "audit";
  options.window = 5;
  options.gaps = PEAL_GAPS_END;

  ASSERT_EQ(peal_subscribe(peal_, &options, Keep, this, &subscription_), PEAL_OK);
  options.from = PEAL_FROM_TIME;
  options.from_time_us = -3;
  ASSERT_EQ(peal_subscribe(peal_, &options, Keep, this, nullptr), PEAL_OK);

  const proto::Subscribe asked = daemon_->subscribes().at(0);
  EXPECT_THAT(asked.types(), ElementsAre("node.*", "app.?"));
  EXPECT_EQ(asked.where(), "a = 1");
  EXPECT_EQ(asked.scope(), proto::Subscribe::LOCAL);
  EXPECT_EQ(asked.from(), proto::Subscribe::SEQUENCE);
  EXPECT_EQ(asked.from_sequence(), 17U);
  EXPECT_EQ(asked.durable(), "audit");
  EXPECT_EQ(asked.window(), 5U);
  EXPECT_EQ(asked.gaps(), proto::Subscribe::END);
  EXPECT_EQ(daemon_->subscribes().at(1).from(), proto::Subscribe::TIME);
  EXPECT_EQ(daemon_->subscribes().at(1).from_time_us(), -3);
  EXPECT_NE(subscription_, 0U);
}

TEST_F(CSubscribe, ZeroIsEverythingThatIsNew) {
  Start();
  const peal_subscribe_options options = DefaultSubscription();

  ASSERT_EQ(peal_subscribe(peal_, nullptr, Keep, this, nullptr), PEAL_OK);
  ASSERT_EQ(peal_subscribe(peal_, &options, Keep, this, nullptr), PEAL_OK);

  for (const proto::Subscribe& asked : daemon_->subscribes()) {
    EXPECT_EQ(asked.types_size(), 0);
    EXPECT_EQ(asked.scope(), proto::Subscribe::ALL);
    EXPECT_EQ(asked.from(), proto::Subscribe::NEW);
    EXPECT_EQ(asked.window(), 0U);
    EXPECT_EQ(asked.durable(), "");
    EXPECT_EQ(asked.gaps(), proto::Subscribe::TELL);
  }
}

TEST_F(CSubscribe, AReceivedEventHasItsStampsAndStaysAsItIs) {
  FakeScript script;
  Event sent = Numbered(12);
  sent.epoch = 3;
  sent.sequence = 4;
  sent.node = "n2";
  sent.incarnation = 5;
  sent.originpid = 6;
  sent.originexe = "/bin/x";
  sent.attributes["a"] = true;
  script.history.push_back(sent);
  Start(std::move(script));
  COwnedEvent copy(nullptr, peal_event_free);
  const auto keep = [](peal_t*, const peal_event_t* event, void* user) {
    auto* const received = const_cast<peal_event_t*>(event);
    EXPECT_EQ(peal_event_set_int(received, "a", 1), PEAL_ERR_INVALID);
    EXPECT_EQ(peal_event_free(received), PEAL_ERR_INVALID);
    static_cast<COwnedEvent*>(user)->reset(peal_event_copy(event));
  };

  ASSERT_EQ(peal_subscribe_async(peal_, nullptr, keep, nullptr, &copy, nullptr), PEAL_OK);
  ASSERT_EQ(peal_dispatch(peal_, PEAL_DISPATCH_ONE), PEAL_OK);

  EXPECT_EQ(peal_event_int(copy.get(), "globalseq"), 12);
  EXPECT_EQ(peal_event_int(copy.get(), "epoch"), 3);
  EXPECT_EQ(peal_event_int(copy.get(), "sequence"), 4);
  EXPECT_EQ(peal_event_int(copy.get(), "incarnation"), 5);
  EXPECT_EQ(peal_event_int(copy.get(), "originpid"), 6);
  EXPECT_STREQ(peal_event_string(copy.get(), "node"), "n2");
  EXPECT_STREQ(peal_event_string(copy.get(), "originexe"), "/bin/x");
  peal_value_t value{};
  EXPECT_EQ(peal_event_get(copy.get(), "originuid", &value), PEAL_OK);
  EXPECT_EQ(value.type, PEAL_TYPE_INT);
  EXPECT_STREQ(peal_event_next(copy.get(), nullptr, &value), "a");
}

TEST_F(CSubscribe, TellsTheDaemonsRefusal) {
  FakeScript script;
  script.subscribed.set_code(proto::OUT_OF_RANGE);
  script.subscribed.set_message("trimmed");
  Start(std::move(script));

  EXPECT_EQ(peal_subscribe(peal_, nullptr, Keep, this, nullptr), PEAL_ERR_TRIMMED);
  EXPECT_EQ(text(), "trimmed");
  EXPECT_EQ(peal_subscribe_async(peal_, nullptr, Keep, KeepEnd, this, nullptr), PEAL_OK);
  EXPECT_EQ(peal_dispatch(peal_, PEAL_DISPATCH_ONE), PEAL_OK);

  EXPECT_THAT(ends_, ElementsAre(PEAL_ERR_TRIMMED));
  EXPECT_EQ(end_text_, "trimmed");
}

TEST_F(CSubscribe, IsTheProgramsToConfirm) {
  StartWithHistory(2);
  peal_subscribe_options options = DefaultSubscription();
  options.window = 10;
  options.confirm = PEAL_CONFIRM_BY_PROGRAM;
  ASSERT_EQ(peal_subscribe_async(peal_, &options, Keep, nullptr, this, &subscription_), PEAL_OK);
  ASSERT_EQ(peal_dispatch(peal_, PEAL_DISPATCH_ONE), PEAL_OK);

  EXPECT_EQ(peal_flush(peal_, kLongMs), PEAL_OK);
  EXPECT_EQ(daemon_->confirms().size(), 0U);
  EXPECT_EQ(peal_confirm(peal_, subscription_), PEAL_OK);
  EXPECT_EQ(peal_flush(peal_, kLongMs), PEAL_OK);
  EXPECT_EQ(peal_barrier(peal_, kLongMs, nullptr), PEAL_OK);

  ASSERT_EQ(daemon_->confirms().size(), 1U);
  EXPECT_EQ(daemon_->confirms().at(0).delivered(), seen_.size());
  EXPECT_EQ(peal_confirm(peal_, subscription_ + 99), PEAL_ERR_NOT_FOUND);
}

TEST_F(CSubscribe, ItsNumberIsThereBeforeItsFirstEvent) {
  StartWithHistory(1);
  ASSERT_EQ(peal_subscribe(peal_, nullptr, UnsubscribeAtOnce, this, &subscription_), PEAL_OK);

  while (seen_.empty()) {
    ASSERT_EQ(peal_dispatch_wait(peal_, kLongMs), PEAL_OK);
  }

  EXPECT_EQ(peal_unsubscribe(peal_, subscription_), PEAL_ERR_NOT_FOUND);
}

TEST_F(CSubscribe, ConfirmingWhatConfirmsItselfIsRefused) {
  Start();
  ASSERT_EQ(peal_subscribe(peal_, nullptr, Keep, this, &subscription_), PEAL_OK);

  EXPECT_EQ(peal_confirm(peal_, subscription_), PEAL_ERR_CONDITION);
}

TEST_F(CSubscribe, TellsItsEnd) {
  Start();
  peal_subscribe_options options = DefaultSubscription();
  options.durable = "audit";
  options.on_end = KeepEnd;
  ASSERT_EQ(peal_subscribe(peal_, &options, Keep, this, nullptr), PEAL_OK);

  daemon_->EndSubscriptions(proto::ABORTED, "taken");
  ASSERT_EQ(peal_dispatch(peal_, PEAL_DISPATCH_ONE), PEAL_OK);

  EXPECT_THAT(ends_, ElementsAre(PEAL_ERR_ABORTED));
  EXPECT_EQ(end_text_, "taken");
}

TEST_F(CSubscribe, NullPointersAreInvalid) {
  Start();
  const std::array<const char*, 2> types = {"a", nullptr};
  peal_subscribe_options options = DefaultSubscription();
  options.types = types.data();
  options.type_count = types.size();

  EXPECT_EQ(peal_subscribe(peal_, &options, Keep, this, nullptr), PEAL_ERR_INVALID);
  EXPECT_THAT(text(), HasSubstr("number 2 is a null pointer"));
  options.types = nullptr;
  EXPECT_EQ(peal_subscribe(peal_, &options, Keep, this, nullptr), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_subscribe(peal_, nullptr, nullptr, this, nullptr), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_remove_durable(peal_, nullptr, kLongMs), PEAL_ERR_INVALID);
}

TEST_F(CSubscribe, ADurableOneIsRemovedByName) {
  FakeScript script;
  script.removed.set_code(proto::NOT_FOUND);
  Start(std::move(script));

  EXPECT_EQ(peal_remove_durable(peal_, "audit", kLongMs), PEAL_ERR_NOT_FOUND);

  EXPECT_EQ(daemon_->removals().at(0).name(), "audit");
}

using CBarrier = CProgram;

TEST_F(CBarrier, TellsWhatTheNodeHasApplied) {
  FakeScript script;
  script.barrier.set_globalseq(42);
  Start(std::move(script));
  uint64_t applied = 0;
  const auto keep = [](peal_t*, peal_error_t error, const char*, uint64_t globalseq, void* user) {
    EXPECT_EQ(error, PEAL_OK);
    *static_cast<uint64_t*>(user) = globalseq;
  };

  EXPECT_EQ(peal_barrier(peal_, kLongMs, &applied), PEAL_OK);
  EXPECT_EQ(applied, 42U);
  applied = 0;
  EXPECT_EQ(peal_barrier_async(peal_, kLongMs, keep, &applied), PEAL_OK);
  EXPECT_EQ(peal_dispatch(peal_, PEAL_DISPATCH_ONE), PEAL_OK);

  EXPECT_EQ(applied, 42U);
  EXPECT_EQ(peal_barrier_async(peal_, kLongMs, nullptr, nullptr), PEAL_ERR_INVALID);
}

TEST_F(CBarrier, WithoutPrimaryTellsSo) {
  FakeScript script;
  script.barrier.set_code(proto::UNAVAILABLE);
  Start(std::move(script));
  uint64_t applied = 7;

  EXPECT_EQ(peal_barrier(peal_, kLongMs, &applied), PEAL_ERR_NO_PRIMARY);

  EXPECT_EQ(applied, 7U);
}

}  // namespace
}  // namespace peal::test
