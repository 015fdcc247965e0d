// Publishing in C.
#include <gmock/gmock.h>

#include "core/base/event_codec.h"
#include "tests/unit/client/c/program.h"

namespace peal::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

peal_publish_options Options(int timeout_ms = 0) {
  peal_publish_options options{};
  options.size = sizeof(options);
  options.timeout_ms = timeout_ms;
  return options;
}

// A daemon that answers each publish with this.
FakeScript Answering(proto::Code code, bool submitted = false) {
  FakeScript script;
  script.on_publish = [code, submitted](const proto::Publish&) {
    proto::PublishResult result;
    result.set_code(code);
    result.set_message("so it is");
    result.set_submitted(submitted);
    result.set_globalseq(9);
    return std::optional(result);
  };
  return script;
}

using CPublish = CProgram;

TEST_F(CPublish, WaitsForTheAnswer) {
  Start();
  const peal_publish_result_t* result = nullptr;

  EXPECT_EQ(peal_publish(peal_, CEvent().get(), nullptr, &result), PEAL_OK);

  ASSERT_NE(result, nullptr);
  EXPECT_EQ(result->error, PEAL_OK);
  EXPECT_STREQ(result->message, "");
  EXPECT_STREQ(result->node, "fake");
  EXPECT_STREQ(result->id, "given");
  EXPECT_GT(result->globalseq, 100U);
  EXPECT_EQ(result->epoch, 3U);
  EXPECT_EQ(result->submitted, 0);
  EXPECT_EQ(result->duplicate, 0);
}

TEST_F(CPublish, SendsTheEventAsItWasMade) {
  Start();
  const COwnedEvent event = CEvent("app.deploy");
  peal_event_set_string(event.get(), "subject", "web");
  peal_event_set_string(event.get(), "id", "i");
  peal_event_set_string(event.get(), "source", "/s");
  peal_event_set_string(event.get(), "datacontenttype", "text/plain");
  peal_event_set_int(event.get(), "version", 42);
  peal_event_set_timestamp(event.get(), "observedfrom", 7);
  peal_event_set_data(event.get(), "x", 1);
  peal_event_set_scope(event.get(), PEAL_SCOPE_LOCAL);
  peal_publish_options options = Options();
  options.ack = PEAL_ACK_ACCEPTED;
  options.expects = 1;
  options.expect_subject_seq = 5;

  ASSERT_EQ(peal_publish(peal_, event.get(), &options, nullptr), PEAL_OK);

  const proto::Publish sent = daemon_->publishes().at(0);
  Event expected;
  expected.type = "app.deploy";
  expected.subject = "web";
  expected.id = "i";
  expected.source = "/s";
  expected.datacontenttype = "text/plain";
  expected.attributes["version"] = int64_t{42};
  expected.observedfrom = Timestamp{7};
  expected.data = "x";
  expected.scope = Scope::kLocal;
  Event published;
  ASSERT_TRUE(base::DecodeEvent(sent.event().SerializeAsString(), &published));
  EXPECT_EQ(published, expected);
  EXPECT_EQ(sent.ack(), proto::ACK_ACCEPTED);
  EXPECT_EQ(sent.expect_subject_seq(), 5U);
  EXPECT_TRUE(sent.has_expect_subject_seq());
}

TEST_F(CPublish, TellsEachErrorOfTheDaemon) {
  const std::vector<std::pair<proto::Code, peal_error_t>> errors = {
      {proto::UNAVAILABLE, PEAL_ERR_NO_PRIMARY},
      {proto::DEADLINE_EXCEEDED, PEAL_ERR_TIMED_OUT},
      {proto::INVALID_ARGUMENT, PEAL_ERR_INVALID},
      {proto::RESOURCE_EXHAUSTED, PEAL_ERR_BUSY},
      {proto::PERMISSION_DENIED, PEAL_ERR_NOT_PERMITTED},
      {proto::NOT_FOUND, PEAL_ERR_NOT_FOUND},
      {proto::OUT_OF_RANGE, PEAL_ERR_TRIMMED},
      {proto::FAILED_PRECONDITION, PEAL_ERR_CONDITION},
      {proto::DATA_LOSS, PEAL_ERR_DATA_LOSS},
      {proto::ABORTED, PEAL_ERR_ABORTED},
      {proto::INTERNAL, PEAL_ERR_OTHER}};
  for (const auto& [code, error] : errors) {
    Start(Answering(code, true));
    const peal_publish_result_t* result = nullptr;

    EXPECT_EQ(peal_publish(peal_, CEvent().get(), nullptr, &result), error);

    ASSERT_NE(result, nullptr);
    EXPECT_EQ(result->error, error);
    EXPECT_STREQ(result->message, "so it is");
    EXPECT_EQ(result->submitted, 1);
    EXPECT_EQ(result->globalseq, 9U);
    EXPECT_EQ(text(), "so it is");
    peal_disconnect(std::exchange(peal_, nullptr));
  }
}

TEST_F(CPublish, WithoutAnAnswerTimesOut) {
  FakeScript script;
  script.on_publish = [](const proto::Publish&) { return std::nullopt; };
  Start(std::move(script));
  const peal_publish_options options = Options(50);
  const peal_publish_result_t* result = nullptr;

  EXPECT_EQ(peal_publish(peal_, CEvent().get(), &options, &result), PEAL_ERR_TIMED_OUT);

  ASSERT_NE(result, nullptr);
  EXPECT_EQ(result->submitted, 1);
}

TEST_F(CPublish, WhatIsWrongWithAnEventIsSaidAtOnce) {
  Start();
  const COwnedEvent nameless(peal_event_new(), peal_event_free);
  const peal_publish_result_t* result = nullptr;

  EXPECT_EQ(peal_publish(peal_, nameless.get(), nullptr, &result), PEAL_ERR_INVALID);
  EXPECT_EQ(result, nullptr);
  EXPECT_THAT(text(), HasSubstr("type"));
  EXPECT_EQ(peal_publish(peal_, nullptr, nullptr, nullptr), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_publish_async(peal_, nullptr, nullptr, nullptr, nullptr), PEAL_ERR_INVALID);

  EXPECT_EQ(daemon_->publishes().size(), 0U);
}

TEST_F(CPublish, WaitsForRoomInTheWindow) {
  FakeScript script;
  script.welcome->set_publish_window(1);
  Start(std::move(script));

  ASSERT_EQ(peal_publish_async(peal_, CEvent().get(), nullptr, nullptr, nullptr), PEAL_OK);
  EXPECT_EQ(peal_publish_async(peal_, CEvent().get(), nullptr, nullptr, nullptr), PEAL_ERR_BUSY);
  EXPECT_EQ(peal_publish(peal_, CEvent().get(), nullptr, nullptr), PEAL_OK);

  EXPECT_EQ(daemon_->publishes().size(), 2U);
}

TEST_F(CPublish, WithoutAnAckItIsOnlyHandedOver) {
  Start();
  peal_publish_options options = Options();
  options.ack = PEAL_ACK_NONE;
  const peal_publish_result_t* result = nullptr;

  EXPECT_EQ(peal_publish(peal_, CEvent().get(), &options, &result), PEAL_OK);
  EXPECT_EQ(result, nullptr);
  EXPECT_EQ(peal_barrier(peal_, kLongMs, nullptr), PEAL_OK);

  EXPECT_EQ(daemon_->publishes().size(), 1U);
}

TEST_F(CPublish, AsyncAnswersComeInTheirOrderOneAtATime) {
  Start();
  std::vector<uint64_t> sequences;
  const auto keep = [](peal_t*, const peal_publish_result_t* result, void* user) {
    EXPECT_EQ(result->error, PEAL_OK) << result->message;
    static_cast<std::vector<uint64_t>*>(user)->push_back(result->sequence);
  };

  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(peal_publish_async(peal_, CEvent().get(), nullptr, keep, &sequences), PEAL_OK);
  }
  for (size_t count = 1; count <= 3; ++count) {
    ASSERT_EQ(peal_dispatch(peal_, PEAL_DISPATCH_ONE), PEAL_OK);
    ASSERT_EQ(sequences.size(), count);
  }

  EXPECT_THAT(sequences, ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace peal::test
