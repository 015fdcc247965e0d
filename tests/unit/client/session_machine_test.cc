#include "client/session_machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/event_codec.h"

namespace peal::client {
namespace {

using testing::HasSubstr;

proto::ServerFrame Welcome() {
  proto::ServerFrame frame;
  frame.mutable_welcome()->set_version(1);
  frame.mutable_welcome()->set_node("n1");
  frame.mutable_welcome()->set_incarnation(5);
  frame.mutable_welcome()->set_frame_bytes_max(100'000);
  frame.mutable_welcome()->set_data_bytes_max(1000);
  frame.mutable_welcome()->set_publish_window(2);
  return frame;
}

proto::ServerFrame PublishedFrame(uint64_t request, proto::Code code = proto::OK) {
  proto::ServerFrame frame;
  frame.mutable_published()->set_request(request);
  frame.mutable_published()->set_code(code);
  frame.mutable_published()->set_globalseq(12);
  return frame;
}

// A machine and the daemon's end of its streams.
class SessionMachineTest : public testing::Test {
 protected:
  void Give(const proto::ServerFrame& frame) {
    std::string bytes;
    base::AppendFrame(&bytes, frame);
    machine_.input().Append(bytes);
  }

  void Greet(const proto::ServerFrame& welcome = Welcome()) {
    Give(welcome);
    EXPECT_TRUE(std::holds_alternative<Welcomed>(Arrived()));
    Sent();
  }

  Arrival Arrived() {
    auto next = machine_.Next();
    EXPECT_TRUE(next.ok()) << next.status().message();
    EXPECT_TRUE(next.ok() && next->has_value());
    return next.ok() && next->has_value() ? **next : Arrival(Welcomed{});
  }

  bool Nothing() {
    const auto next = machine_.Next();
    return next.ok() && !next->has_value();
  }

  // What the daemon would read, all of it.
  std::vector<proto::ClientFrame> Sent() {
    base::FrameReader reader(1 << 20);
    reader.Append(machine_.output());
    machine_.ConsumeOutput(machine_.output().size());
    std::vector<proto::ClientFrame> frames;
    for (auto next = reader.Next(); next->has_value(); next = reader.Next()) {
      EXPECT_TRUE(frames.emplace_back().ParseFromString(std::string(**next)));
    }
    EXPECT_EQ(reader.pending_bytes(), 0U);
    return frames;
  }

  static Event Small() {
    Event event;
    event.type = "app.started";
    return event;
  }

  SessionMachine machine_{"test", "a random session"};
};

TEST_F(SessionMachineTest, StartsWithItsGreeting) {
  const auto sent = Sent();

  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].hello().version(), 1U);
  EXPECT_EQ(sent[0].hello().client(), "test");
  EXPECT_EQ(sent[0].hello().session(), "a random session");
  EXPECT_FALSE(machine_.greeted());
}

TEST_F(SessionMachineTest, LearnsTheLimitsFromTheWelcome) {
  Greet();

  EXPECT_TRUE(machine_.greeted());
  EXPECT_EQ(machine_.daemon().node, "n1");
  EXPECT_EQ(machine_.daemon().data_bytes_max, 1000U);
  EXPECT_EQ(machine_.daemon().publish_window, 2U);
}

TEST_F(SessionMachineTest, NumbersWhatAsksForAnAnswerAndSaysWhatIsAnswered) {
  Greet();
  const uint64_t first = *machine_.Publish(Small(), {}, 500);
  ASSERT_TRUE(machine_.Publish(Small(), {.ack = Ack::kNone}, 500).ok());
  ASSERT_TRUE(machine_.Publish(Small(), {}, 500).ok());
  Give(PublishedFrame(first));
  Arrived();
  ASSERT_TRUE(machine_.Publish(Small(), {}, 500).ok());

  const auto sent = Sent();

  ASSERT_EQ(sent.size(), 4U);
  const auto expect = [&sent](size_t at, uint64_t sequence, uint64_t unanswered_from) {
    EXPECT_EQ(sent[at].publish().client_sequence(), sequence);
    EXPECT_EQ(sent[at].publish().unanswered_from(), unanswered_from);
  };
  expect(0, 1, 1);
  expect(1, 0, 0);
  expect(2, 2, 1);
  expect(3, 3, 2);
}

TEST_F(SessionMachineTest, OverAnotherConnectionWhatIsUnansweredGoesOutAsItWas) {
  Greet();
  Event event = Small();
  event.subject = "/var";
  const uint64_t first = *machine_.Publish(event, {.expect_subject_seq = 0}, 500);
  const uint64_t second = *machine_.Publish(Small(), {.ack = Ack::kAccepted}, 500);
  const auto before = Sent();
  Give(PublishedFrame(first));
  Arrived();
  const uint64_t third = *machine_.Publish(event, {.expect_subject_seq = 7}, 500);

  machine_.Restart();
  EXPECT_FALSE(machine_.greeted());
  EXPECT_EQ(Sent().at(0).hello().session(), "a random session");
  Greet();
  machine_.PublishAgain(second, 300);
  machine_.PublishAgain(third, 300);

  const auto after = Sent();
  ASSERT_EQ(after.size(), 2U);
  EXPECT_EQ(after[0].publish().ack(), proto::ACK_ACCEPTED);
  EXPECT_EQ(after[0].publish().client_sequence(), 2U);
  EXPECT_EQ(after[0].publish().unanswered_from(), 2U);
  EXPECT_EQ(after[0].publish().timeout_ms(), 300U);
  EXPECT_EQ(after[1].publish().event().subject(), "/var");
  EXPECT_EQ(after[1].publish().expect_subject_seq(), 7U);
  // Each is answered once.
  Give(PublishedFrame(second));
  Give(PublishedFrame(third));
  EXPECT_EQ(std::get<Published>(Arrived()).request, second);
  EXPECT_EQ(std::get<Published>(Arrived()).request, third);
  EXPECT_EQ(machine_.unanswered().size(), 0U);
}

TEST_F(SessionMachineTest, WithoutAConnectionItIsKept) {
  Greet();
  machine_.Restart();
  Sent();

  const auto kept = machine_.Publish(Small(), {}, 500);
  ASSERT_TRUE(kept.ok());
  ASSERT_TRUE(machine_.Publish(Small(), {}, 500).ok());
  EXPECT_EQ(machine_.Publish(Small(), {}, 500).status().kind(), ErrorKind::kBusy);
  EXPECT_TRUE(Sent().empty());

  EXPECT_EQ(machine_.GiveUp(*kept), 0U);
  EXPECT_EQ(machine_.unanswered().size(), 1U);
}

TEST_F(SessionMachineTest, WhatADaemonThatEndsDidNotTakeStays) {
  Greet();
  const uint64_t request = *machine_.Publish(Small(), {}, 500);
  proto::ServerFrame stopping = PublishedFrame(request, proto::UNAVAILABLE);
  stopping.mutable_published()->set_stopping(true);

  Give(stopping);

  EXPECT_TRUE(Nothing());
  EXPECT_EQ(machine_.unanswered().size(), 1U);
}

TEST_F(SessionMachineTest, AFailedSecondTrySaysNothingOfTheFirst) {
  Greet();
  const uint64_t request = *machine_.Publish(Small(), {}, 500);
  const uint64_t refused = *machine_.Publish(Small(), {}, 500);
  machine_.Restart();
  Greet();
  machine_.PublishAgain(request, 300);
  machine_.PublishAgain(refused, 300);

  Give(PublishedFrame(request, proto::UNAVAILABLE));
  Give(PublishedFrame(refused, proto::FAILED_PRECONDITION));

  EXPECT_TRUE(std::get<Published>(Arrived()).result.submitted);
  // The order has decided, over all tries.
  EXPECT_FALSE(std::get<Published>(Arrived()).result.submitted);
}

TEST_F(SessionMachineTest, WhatIsGivenUpIsNotAnsweredAndHoldsItsPlaceInTheWindow) {
  Greet();
  const uint64_t request = *machine_.Publish(Small(), {}, 500);
  ASSERT_TRUE(machine_.Publish(Small(), {}, 500).ok());

  EXPECT_EQ(machine_.GiveUp(request), 1U);

  EXPECT_FALSE(machine_.Publish(Small(), {}, 500).ok());
  Give(PublishedFrame(request));
  EXPECT_TRUE(Nothing());
  EXPECT_TRUE(machine_.Publish(Small(), {}, 500).ok());
  EXPECT_EQ(Sent().back().publish().unanswered_from(), 2U);
}

TEST_F(SessionMachineTest, RefusesAnotherVersion) {
  auto welcome = Welcome();
  welcome.mutable_welcome()->set_version(2);
  Give(welcome);

  EXPECT_EQ(machine_.Next().status().kind(), ErrorKind::kCondition);
}

TEST_F(SessionMachineTest, PublishesWithinTheWindow) {
  Greet();

  const auto first = machine_.Publish(Small(), {.ack = Ack::kCommitted}, 500);
  const auto second = machine_.Publish(Small(), {.ack = Ack::kAccepted}, 500);
  const auto third = machine_.Publish(Small(), {.ack = Ack::kCommitted}, 500);

  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(third.status().kind(), ErrorKind::kBusy);
  const auto sent = Sent();
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].publish().request(), *first);
  EXPECT_EQ(sent[0].publish().timeout_ms(), 500U);
  EXPECT_EQ(sent[1].publish().ack(), proto::ACK_ACCEPTED);
}

TEST_F(SessionMachineTest, AnAnswerMakesRoomInTheWindow) {
  Greet();
  const auto first = machine_.Publish(Small(), {.ack = Ack::kCommitted}, 0);
  ASSERT_TRUE(machine_.Publish(Small(), {.ack = Ack::kCommitted}, 0).ok());

  Give(PublishedFrame(*first));

  const Arrival arrival = Arrived();
  EXPECT_EQ(std::get<Published>(arrival).request, *first);
  EXPECT_EQ(std::get<Published>(arrival).result.globalseq, 12U);
  EXPECT_EQ(machine_.outstanding(), 1U);
  EXPECT_TRUE(machine_.Publish(Small(), {.ack = Ack::kCommitted}, 0).ok());
}

TEST_F(SessionMachineTest, PublishesWithoutAnswerAreBoundedByTheOutput) {
  Greet();
  Event event = Small();
  event.data = std::string(1000, 'x');
  Status status;

  for (int i = 0; i < 10'000 && status.ok(); ++i) {
    status = machine_.Publish(event, {.ack = Ack::kNone}, 0).status();
  }

  EXPECT_EQ(status.kind(), ErrorKind::kBusy);
  EXPECT_LT(machine_.output().size(), SessionMachine::kOutputBytesMax + 2000);
  machine_.ConsumeOutput(machine_.output().size());
  EXPECT_TRUE(machine_.Publish(event, {.ack = Ack::kNone}, 0).ok());
}

TEST_F(SessionMachineTest, ChecksAnEventBeforeItIsSent) {
  Greet();
  Event event = Small();
  event.data = std::string(1001, 'x');

  EXPECT_EQ(machine_.Publish(event, {.ack = Ack::kCommitted}, 0).status().kind(),
            ErrorKind::kInvalid);
  event.data.reset();
  event.type = "peal.view";
  EXPECT_EQ(machine_.Publish(event, {.ack = Ack::kCommitted}, 0).status().kind(),
            ErrorKind::kInvalid);
  EXPECT_EQ(machine_.outstanding(), 0U);
  EXPECT_TRUE(machine_.output().empty());
}

TEST_F(SessionMachineTest, ChecksTheFrameLimitToo) {
  auto welcome = Welcome();
  welcome.mutable_welcome()->set_frame_bytes_max(100);
  Greet(welcome);
  Event event = Small();
  event.data = std::string(200, 'x');

  EXPECT_THAT(machine_.Publish(event, {.ack = Ack::kCommitted}, 0).status().message(),
              HasSubstr("at most 100"));
}

TEST_F(SessionMachineTest, HandsOutDeliveredEventsOneByOne) {
  Greet();
  const uint64_t request = machine_.Subscribe({});
  proto::ServerFrame deliver;
  deliver.mutable_deliver()->set_request(request);
  for (const char* type : {"a", "b"}) {
    Event event;
    event.type = type;
    proto::Event encoded;
    base::ToProto(event, &encoded);
    deliver.mutable_deliver()->add_events(encoded.SerializeAsString());
  }

  deliver.mutable_deliver()->mutable_place()->set_global(42);

  Give(deliver);
  Give(deliver);

  for (int i = 0; i < 2; ++i) {
    for (const char* type : {"a", "b"}) {
      const Arrival arrival = Arrived();
      EXPECT_EQ(std::get<Delivered>(arrival).request, request);
      EXPECT_EQ(std::get<Delivered>(arrival).event->type, type);
    }
    const Arrival moved = Arrived();
    EXPECT_EQ(std::get<Moved>(moved).request, request);
    EXPECT_EQ(std::get<Moved>(moved).place->global(), 42U);
  }
  EXPECT_TRUE(Nothing());
}

TEST_F(SessionMachineTest, SubscribeSaysWhatIsWanted) {
  Greet();

  machine_.Subscribe({.types = {"a.*", "b"},
                      .scope = SubscribeScope::kLocal,
                      .from = SubscribeOptions::From::kSequence,
                      .from_sequence = 42});

  const auto sent = Sent();
  EXPECT_EQ(sent[0].subscribe().types_size(), 2);
  EXPECT_EQ(sent[0].subscribe().scope(), proto::Subscribe::LOCAL);
  EXPECT_EQ(sent[0].subscribe().from(), proto::Subscribe::SEQUENCE);
  EXPECT_EQ(sent[0].subscribe().from_sequence(), 42U);
}

TEST_F(SessionMachineTest, RequestsHaveNumbersOfTheirOwn) {
  Greet();

  const std::set<uint64_t> requests = {
      machine_.Subscribe({}), machine_.RequestStatus(), machine_.RequestList(ListWhat::kNodes),
      machine_.RequestBarrier(100), *machine_.Publish(Small(), {.ack = Ack::kCommitted}, 0)};

  EXPECT_EQ(requests.size(), 5U);
  EXPECT_FALSE(requests.contains(0));
}

TEST_F(SessionMachineTest, ErrorsArriveWithTheirCode) {
  Greet();
  const auto request = machine_.Publish(Small(), {.ack = Ack::kCommitted}, 0);
  auto frame = PublishedFrame(*request, proto::UNAVAILABLE);
  frame.mutable_published()->set_message("no primary component");
  frame.mutable_published()->set_submitted(true);

  Give(frame);

  const Arrival arrival = Arrived();
  const PublishResult& result = std::get<Published>(arrival).result;
  EXPECT_EQ(result.status, Status(ErrorKind::kNoPrimary, "no primary component"));
  EXPECT_TRUE(result.submitted);
}

TEST_F(SessionMachineTest, AnUnknownCodeIsStillAnError) {
  Greet();
  const auto request = machine_.Publish(Small(), {.ack = Ack::kCommitted}, 0);

  Give(PublishedFrame(*request, static_cast<proto::Code>(99)));

  const Arrival arrival = Arrived();
  EXPECT_EQ(std::get<Published>(arrival).result.status.kind(), ErrorKind::kOther);
}

TEST_F(SessionMachineTest, AnAnswerThatNobodyWaitsForIsDropped) {
  Greet();
  const auto request = machine_.Publish(Small(), {.ack = Ack::kNone}, 0);

  Give(PublishedFrame(*request));

  EXPECT_TRUE(Nothing());
}

TEST_F(SessionMachineTest, AnAnswerToWhatWasNotAskedBreaksTheSession) {
  Greet();

  Give(PublishedFrame(77));

  EXPECT_EQ(machine_.Next().status().kind(), ErrorKind::kDataLoss);
}

TEST_F(SessionMachineTest, GarbageBreaksTheSessionForGood) {
  machine_.input().Append("HTTP/1.1 400 Bad Request\r\n\r\n");

  EXPECT_EQ(machine_.Next().status().kind(), ErrorKind::kDataLoss);
  EXPECT_EQ(machine_.Next().status().kind(), ErrorKind::kDataLoss);
}

TEST_F(SessionMachineTest, AnythingBeforeTheWelcomeBreaksTheSession) {
  Give(PublishedFrame(1));

  EXPECT_THAT(machine_.Next().status().message(), HasSubstr("no greeting"));
}

TEST_F(SessionMachineTest, ASecondWelcomeBreaksTheSession) {
  Greet();
  Give(Welcome());

  EXPECT_EQ(machine_.Next().status().kind(), ErrorKind::kDataLoss);
}

TEST_F(SessionMachineTest, AnEventThatDoesNotParseBreaksTheSession) {
  Greet();
  proto::ServerFrame deliver;
  deliver.mutable_deliver()->add_events("\xff\xff");
  Give(deliver);

  EXPECT_EQ(machine_.Next().status().kind(), ErrorKind::kDataLoss);
}

TEST_F(SessionMachineTest, ClosingTellsTheDaemonsReason) {
  proto::ServerFrame closing;
  closing.mutable_closing()->set_code(proto::PERMISSION_DENIED);
  closing.mutable_closing()->set_message("not you");
  Give(closing);

  const Status why = machine_.Next().status();

  EXPECT_EQ(why.kind(), ErrorKind::kNotPermitted);
  EXPECT_THAT(why.message(), HasSubstr("not you"));
}

TEST_F(SessionMachineTest, OutputIsConsumedInPieces) {
  const std::string all(machine_.output());

  machine_.ConsumeOutput(3);

  EXPECT_EQ(machine_.output(), all.substr(3));
}

}  // namespace
}  // namespace peal::client
