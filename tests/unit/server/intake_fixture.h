// An intake over an order that the test answers for, and a disk of local events that can fail.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/server/intake.h"
#include "tests/support/fake_order.h"
#include "tests/support/local_disk.h"
#include "tests/support/loop_driver.h"

namespace peal::server {

class IntakeTest : public ::testing::Test {
 protected:
  IntakeTest() : loop_(io::MakeAsioLoop()) {
    options_.node = "n1";
    options_.incarnation = Incarnation(5);
    intake_.emplace(IntakePorts{loop_.get(), &order_, &feed_, &*local_.log, &options_, &dispatch_},
                    [this] { ++local_events_; });
  }

  static proto::Event Event(const std::string& type, proto::Scope scope = proto::SCOPE_GLOBAL) {
    proto::Event event;
    event.set_type(type);
    event.set_scope(scope);
    return event;
  }
  // Publishes; the answer goes to answers_ at the returned place.
  size_t Publish(proto::Event event,
                 std::chrono::milliseconds timeout = std::chrono::milliseconds(0),
                 proto::Ack ack = proto::ACK_COMMITTED) {
    const size_t place = answers_.size();
    answers_.emplace_back();
    intake_->Publish({.event = &event,
                      .ack = ack,
                      .timeout = timeout,
                      .expect_subject = expect_subject_,
                      .client = client_,
                      .origin = &origin_},
                     [this, place](const Answer& answer) {
                       EXPECT_FALSE(answers_[place].has_value()) << "answered twice";
                       answers_[place] = answer;
                     });
    return place;
  }
  // What is published next is this publish of a client session, again perhaps.
  void Try(uint64_t sequence) {
    client_ = {.session = {'s'},
               .sequence = ClientSequence(sequence),
               .unanswered_from = ClientSequence(1)};
  }
  bool Answered(size_t place) {
    return testing_support::RunUntil(loop_.get(), [&] { return answers_[place].has_value(); });
  }
  absl::StatusCode CodeOf(size_t place) const { return answers_[place]->status.code(); }
  std::string MessageOf(size_t place) const {
    return std::string(answers_[place]->status.message());
  }

  const std::unique_ptr<io::Loop> loop_;
  testing_support::FakeOrder order_;
  ServerOptions options_;
  Feed feed_{1 << 20};
  testing_support::LocalDisk local_{loop_.get()};
  Dispatch dispatch_{{*filter::TypeGlob::Parse("fs.*")}, {}};
  std::optional<Intake> intake_;
  int local_events_ = 0;
  const io::PeerCredentials origin_{.uid = 7, .gid = 8, .pid = 9, .exe = "/x"};
  std::optional<Sequence> expect_subject_;  // Of what is published next.
  ClientPublish client_;                    // The same.
  std::vector<std::optional<Answer>> answers_;
};

}  // namespace peal::server
