// A session in C: its beginning and end, and how it is dispatched.
#include <gmock/gmock.h>
#include <poll.h>

#include "tests/unit/client/c/program.h"

namespace peal::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(CConnect, SaysWhyThereIsNoHandle) {
  peal_connect_options options{};
  options.size = sizeof(options);
  options.socket_path = "/nonexistent/socket";
  std::array<char, 256> why{};
  std::array<char, 8> short_why{};
  auto* peal = reinterpret_cast<peal_t*>(1);

  EXPECT_EQ(peal_connect(&options, &peal, why.data(), why.size()), PEAL_ERR_UNREACHABLE);
  EXPECT_EQ(peal, nullptr);
  EXPECT_THAT(why.data(), HasSubstr("/nonexistent/socket"));
  EXPECT_EQ(peal_connect(&options, &peal, short_why.data(), short_why.size()),
            PEAL_ERR_UNREACHABLE);
  EXPECT_STREQ(short_why.data(), "cannot ");
  EXPECT_EQ(peal_connect(&options, &peal, nullptr, 0), PEAL_ERR_UNREACHABLE);
  EXPECT_EQ(peal_connect(&options, nullptr, why.data(), why.size()), PEAL_ERR_INVALID);
}

TEST(CConnect, WithoutAHandleEveryCallIsInvalid) {
  int number = 0;
  decltype(pollfd::events) events = 0;

  EXPECT_EQ(peal_disconnect(nullptr), PEAL_OK);
  EXPECT_STREQ(peal_error_text(nullptr), "");
  EXPECT_STREQ(peal_node(nullptr), "");
  EXPECT_EQ(peal_fd_get(nullptr, &number), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_poll_events_get(nullptr, &events), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_poll_timeout_get(nullptr, &number), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_dispatch(nullptr, PEAL_DISPATCH_ALL), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_dispatch_wait(nullptr, 0), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_stop(nullptr), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_flush(nullptr, 0), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_publish(nullptr, CEvent().get(), nullptr, nullptr), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_publish_async(nullptr, CEvent().get(), nullptr, nullptr, nullptr),
            PEAL_ERR_INVALID);
  const auto ignore = [](peal_t*, const peal_event_t*, void*) {};
  EXPECT_EQ(peal_subscribe(nullptr, nullptr, ignore, nullptr, nullptr), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_subscribe_async(nullptr, nullptr, ignore, nullptr, nullptr, nullptr),
            PEAL_ERR_INVALID);
  EXPECT_EQ(peal_unsubscribe(nullptr, 1), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_confirm(nullptr, 1), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_remove_durable(nullptr, "a", 0), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_barrier(nullptr, 0, nullptr), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_barrier_async(nullptr, 0, nullptr, nullptr), PEAL_ERR_INVALID);
}

using CDispatch = CProgram;

TEST_F(CDispatch, TellsWhatToWaitFor) {
  Start();
  int fd = -1;
  decltype(pollfd::events) events = 0;
  int timeout_ms = 0;

  EXPECT_EQ(peal_fd_get(peal_, &fd), PEAL_OK);
  EXPECT_EQ(peal_poll_events_get(peal_, &events), PEAL_OK);
  EXPECT_EQ(peal_poll_timeout_get(peal_, &timeout_ms), PEAL_OK);

  EXPECT_GE(fd, 0);
  EXPECT_EQ(events, POLLIN);
  EXPECT_EQ(timeout_ms, -1);
  EXPECT_STREQ(peal_node(peal_), "fake");
  EXPECT_EQ(text(), "");
  EXPECT_EQ(peal_fd_get(peal_, nullptr), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_poll_events_get(peal_, nullptr), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_poll_timeout_get(peal_, nullptr), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_publish_async(peal_, CEvent().get(), nullptr, nullptr, nullptr), PEAL_OK);
  EXPECT_EQ(peal_poll_events_get(peal_, &events), PEAL_OK);
  EXPECT_EQ(peal_poll_timeout_get(peal_, &timeout_ms), PEAL_OK);
  EXPECT_EQ(events, POLLIN | POLLOUT);
  EXPECT_GT(timeout_ms, 0);
}

TEST_F(CDispatch, OneWaitsAndCallsExactlyOne) {
  StartWithHistory(3);
  ASSERT_EQ(peal_subscribe_async(peal_, nullptr, Keep, nullptr, this, nullptr), PEAL_OK);

  for (size_t count = 1; count <= 3; ++count) {
    ASSERT_EQ(peal_dispatch(peal_, PEAL_DISPATCH_ONE), PEAL_OK);
    ASSERT_EQ(seen_.size(), count);
  }

  EXPECT_THAT(seen_, ElementsAre(1, 2, 3));
}

TEST_F(CDispatch, OneNonblockingCallsAtMostOne) {
  StartWithHistory(3);
  ASSERT_EQ(peal_dispatch(peal_, PEAL_DISPATCH_ONE_NONBLOCKING), PEAL_OK);
  ASSERT_EQ(peal_subscribe_async(peal_, nullptr, Keep, nullptr, this, nullptr), PEAL_OK);

  while (seen_.size() < 3) {
    const size_t before = seen_.size();
    ASSERT_EQ(peal_dispatch(peal_, PEAL_DISPATCH_ONE_NONBLOCKING), PEAL_OK);
    ASSERT_LE(seen_.size(), before + 1);
  }

  EXPECT_THAT(seen_, ElementsAre(1, 2, 3));
}

TEST_F(CDispatch, AllCallsThemAllAndDoesNotWait) {
  StartWithHistory(3);
  ASSERT_EQ(peal_dispatch(peal_, PEAL_DISPATCH_ALL), PEAL_OK);
  ASSERT_EQ(peal_subscribe_async(peal_, nullptr, Keep, nullptr, this, nullptr), PEAL_OK);

  while (seen_.empty()) {
    ASSERT_EQ(peal_dispatch(peal_, PEAL_DISPATCH_ALL), PEAL_OK);
  }

  EXPECT_THAT(seen_, ElementsAre(1, 2, 3));
}

TEST_F(CDispatch, BlockingEndsByStop) {
  StartWithHistory(3);
  const auto stop_at_two = [](peal_t* peal, const peal_event_t* event, void* user) {
    Keep(peal, event, user);
    if (peal_event_int(event, "globalseq") == 2) {
      EXPECT_EQ(peal_stop(peal), PEAL_OK);
    }
  };
  ASSERT_EQ(peal_subscribe_async(peal_, nullptr, stop_at_two, nullptr, this, nullptr), PEAL_OK);

  EXPECT_EQ(peal_dispatch(peal_, PEAL_DISPATCH_BLOCKING), PEAL_OK);
  EXPECT_THAT(seen_, testing::SizeIs(testing::Ge(2U)));
  // Before a wait too, and once.
  EXPECT_EQ(peal_stop(peal_), PEAL_OK);
  EXPECT_EQ(peal_dispatch(peal_, PEAL_DISPATCH_ONE), PEAL_OK);
  EXPECT_EQ(peal_dispatch_wait(peal_, 1), PEAL_OK);
}

TEST_F(CDispatch, ACallbackMayNotEndItsHandleNorWait) {
  StartWithHistory(1);
  const auto try_all = [](peal_t* peal, const peal_event_t* event, void* user) {
    Keep(peal, event, user);
    EXPECT_EQ(peal_disconnect(peal), PEAL_ERR_CONDITION);
    EXPECT_THAT(peal_error_text(peal), HasSubstr("callback"));
    EXPECT_EQ(peal_dispatch(peal, PEAL_DISPATCH_ALL), PEAL_ERR_CONDITION);
    EXPECT_EQ(peal_dispatch_wait(peal, 0), PEAL_ERR_CONDITION);
    EXPECT_EQ(peal_flush(peal, 0), PEAL_ERR_CONDITION);
    EXPECT_EQ(peal_publish(peal, CEvent().get(), nullptr, nullptr), PEAL_ERR_CONDITION);
    EXPECT_EQ(peal_subscribe(peal, nullptr, Keep, user, nullptr), PEAL_ERR_CONDITION);
    EXPECT_EQ(peal_barrier(peal, 0, nullptr), PEAL_ERR_CONDITION);
    EXPECT_EQ(peal_remove_durable(peal, "a", 0), PEAL_ERR_CONDITION);
    EXPECT_EQ(peal_publish_async(peal, CEvent().get(), nullptr, nullptr, nullptr), PEAL_OK);
  };
  ASSERT_EQ(peal_subscribe(peal_, nullptr, try_all, this, nullptr), PEAL_OK);
  while (seen_.empty()) {
    ASSERT_EQ(peal_dispatch_wait(peal_, kLongMs), PEAL_OK);
  }

  EXPECT_EQ(peal_flush(peal_, kLongMs), PEAL_OK);
  EXPECT_EQ(peal_barrier(peal_, kLongMs, nullptr), PEAL_OK);

  // What was refused was not done.
  EXPECT_EQ(daemon_->publishes().size(), 1U);
  EXPECT_EQ(daemon_->subscribes().size(), 1U);
}

struct StateKept {
  std::vector<int> states;
  std::string why;
};

void KeepState(peal_t* /*peal*/, int state, peal_error_t /*why*/, const char* message, void* user) {
  static_cast<StateKept*>(user)->states.push_back(state);
  static_cast<StateKept*>(user)->why = message;
}

TEST_F(CDispatch, TellsWhenTheDaemonIsAwayAndBackAndForGood) {
  daemon_ = std::make_unique<FakeDaemon>();
  StateKept kept;
  peal_connect_options options{};
  options.size = sizeof(options);
  options.on_connection = KeepState;
  options.user = &kept;
  Connect(options);

  daemon_->CloseAll("the daemon is stopping", proto::UNAVAILABLE);
  while (kept.states.size() < 2) {
    ASSERT_EQ(peal_dispatch(peal_, PEAL_DISPATCH_ONE), PEAL_OK);
  }
  daemon_->CloseAll("not you", proto::PERMISSION_DENIED);

  EXPECT_EQ(peal_dispatch(peal_, PEAL_DISPATCH_BLOCKING), PEAL_ERR_NOT_PERMITTED);
  EXPECT_THAT(text(), HasSubstr("not you"));
  EXPECT_THAT(kept.states, ElementsAre(PEAL_AWAY, PEAL_CONNECTED, PEAL_ENDED));
  EXPECT_THAT(kept.why, HasSubstr("not you"));
  EXPECT_EQ(peal_dispatch(peal_, PEAL_DISPATCH_ONE), PEAL_ERR_NOT_PERMITTED);
}

}  // namespace
}  // namespace peal::test
