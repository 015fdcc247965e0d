// Dispatching at most so many callbacks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "peal/client.h"
#include "tests/support/fake_daemon.h"

namespace peal {
namespace {

using std::chrono::milliseconds;
using test::FakeDaemon;
using test::FakeScript;
using test::kLong;
using test::Numbered;
using testing::ElementsAre;
using testing::IsEmpty;

// A client that counts what it was called with.
class DispatchAtMost : public testing::Test {
 protected:
  void Start(FakeScript script) {
    daemon_ = std::make_unique<FakeDaemon>(std::move(script));
    auto client = Client::Connect({.socket_path = daemon_->socket_path(), .timeout = kLong});
    ASSERT_TRUE(client.ok()) << client.status().message();
    client_ = *std::move(client);
  }

  void StartWithThreeEvents(FakeScript script = {}) {
    for (uint64_t i = 1; i <= 3; ++i) {
      script.history.push_back(Numbered(i));
    }
    Start(std::move(script));
    const auto keep = [this](const Event& event) { seen_.push_back(event.globalseq); };
    ASSERT_TRUE(client_->SubscribeAsync({}, keep, nullptr, kLong).ok());
  }

  // Until one more event has come.
  void DispatchOneEvent() {
    const size_t before = seen_.size();
    while (seen_.size() == before) {
      ASSERT_TRUE(client_->DispatchAtMost(kLong, 1).ok());
      ASSERT_LE(seen_.size(), before + 1);
    }
  }

  std::unique_ptr<FakeDaemon> daemon_;
  std::unique_ptr<Client> client_;
  std::vector<uint64_t> seen_;
};

TEST_F(DispatchAtMost, HandsOutOneEventOfAFrameAtATime) {
  StartWithThreeEvents();

  DispatchOneEvent();
  EXPECT_THAT(seen_, ElementsAre(1));
  EXPECT_EQ(client_->next_deadline(), milliseconds(0));
  DispatchOneEvent();
  DispatchOneEvent();
  EXPECT_TRUE(client_->DispatchAtMost(milliseconds(0), 1).ok());

  EXPECT_THAT(seen_, ElementsAre(1, 2, 3));
  EXPECT_EQ(client_->next_deadline(), milliseconds(-1));
}

TEST_F(DispatchAtMost, NoneIsPossible) {
  StartWithThreeEvents();

  while (client_->next_deadline() != milliseconds(0)) {
    ASSERT_TRUE(client_->DispatchAtMost(kLong, 0).ok());
  }
  EXPECT_THAT(seen_, IsEmpty());

  // What waits is the answer; the events may come after it.
  while (seen_.size() < 3) {
    ASSERT_TRUE(client_->Dispatch(kLong).ok());
  }
  EXPECT_THAT(seen_, ElementsAre(1, 2, 3));
}

TEST_F(DispatchAtMost, OfAFrameAllIsHandedOutBeforeItsConnectionIsGivenUp) {
  FakeScript script;
  script.close_after_publishes = 0;
  script.close_once = true;
  StartWithThreeEvents(std::move(script));
  DispatchOneEvent();
  bool answered = false;

  // The daemon closes the connection on this one, and takes it over the next.
  ASSERT_TRUE(client_->Publish(Numbered(0), {}, [&](auto&) { answered = true; }).ok());
  DispatchOneEvent();
  while (daemon_->publishes().empty()) {
    ASSERT_TRUE(client_->DispatchAtMost(milliseconds(1), 0).ok());
  }
  while (!answered) {
    ASSERT_TRUE(client_->DispatchAtMost(kLong, 1).ok());
  }
  daemon_->Deliver(Numbered(4));
  while (seen_.empty() || seen_.back() != 4) {
    ASSERT_TRUE(client_->DispatchAtMost(kLong, 1).ok());
  }

  EXPECT_THAT(seen_, ElementsAre(1, 2, 3, 4));
}

TEST_F(DispatchAtMost, TellsTheEndAfterTheCallbacksThatHearOfIt) {
  FakeScript script;
  script.on_publish = [](const proto::Publish&) { return std::nullopt; };
  Start(std::move(script));
  std::vector<ErrorKind> told;
  const auto keep = [&](const PublishResult& result) { told.push_back(result.status.kind()); };
  const auto keep_end = [&](const Status& status) { told.push_back(status.kind()); };
  ASSERT_TRUE(client_->Subscribe({.on_end = keep_end}, [](const Event&) {}).ok());
  ASSERT_TRUE(client_->Publish(Numbered(0), {}, keep).ok());
  ASSERT_TRUE(client_->Publish(Numbered(0), {}, keep).ok());
  ASSERT_TRUE(client_->Flush(kLong).ok());
  daemon_->CloseAll("not you", proto::PERMISSION_DENIED);

  while (told.size() < 3) {
    const size_t before = told.size();
    ASSERT_TRUE(client_->DispatchAtMost(kLong, 1).ok());
    ASSERT_LE(told.size(), before + 1);
  }

  EXPECT_EQ(client_->DispatchAtMost(kLong, 1).kind(), ErrorKind::kNotPermitted);
  EXPECT_THAT(told, ElementsAre(ErrorKind::kNotPermitted, ErrorKind::kNotPermitted,
                                ErrorKind::kNotPermitted));
}

}  // namespace
}  // namespace peal
