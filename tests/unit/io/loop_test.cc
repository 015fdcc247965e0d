#include "core/io/loop.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "core/io/deferred.h"
#include "core/io/socket.h"
#include "tests/support/loop_driver.h"

namespace peal::io {
namespace {

using std::chrono::milliseconds;
using testing_support::RunUntil;

class LoopTest : public testing::Test {
 protected:
  LoopTest() : loop_(MakeAsioLoop()) {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds.data()), 0);
    near_ = UniqueFd(fds[0]);
    far_ = UniqueFd(fds[1]);
  }

  void SendByte() { ASSERT_EQ(::write(far_.get(), "x", 1), 1); }
  void TakeByte() {
    char byte = 0;
    ASSERT_EQ(::read(near_.get(), &byte, 1), 1);
  }

  const std::unique_ptr<Loop> loop_;
  UniqueFd near_;
  UniqueFd far_;
};

TEST_F(LoopTest, RunsPostsInOrderAndMayRunAgain) {
  std::vector<int> seen;
  loop_->Post([&] { seen.push_back(1); });
  loop_->Post([&] {
    seen.push_back(2);
    loop_->Stop();
  });
  loop_->Run();

  loop_->Post([&] {
    seen.push_back(3);
    loop_->Stop();
  });
  loop_->Run();

  EXPECT_EQ(seen, (std::vector{1, 2, 3}));
}

TEST_F(LoopTest, ATimerMayEndItselfAndADestroyedOneIsSilent) {
  int beats = 0;
  std::unique_ptr<Registration> timer;
  timer = loop_->Every(milliseconds(1), [&] {
    if (++beats == 3) {
      timer.reset();
    }
  });
  bool never = false;
  auto silent = loop_->After(milliseconds(1), [&] { never = true; });
  silent.reset();
  bool after = false;
  const auto last = loop_->After(milliseconds(20), [&] { after = true; });

  EXPECT_TRUE(RunUntil(loop_.get(), [&] { return after && beats == 3; }));
  EXPECT_FALSE(never);
}

TEST_F(LoopTest, AWatchFiresAgainWhileItsDescriptorIsReady) {
  SendByte();
  int fired = 0;
  const auto watch = loop_->Watch(near_.get(), Ready::kRead, [&] { ++fired; });

  EXPECT_TRUE(RunUntil(loop_.get(), [&] { return fired >= 3; }));
}

TEST_F(LoopTest, BothDirectionsOfADescriptorCanBeWatched) {
  int readable = 0;
  bool writable = false;
  const auto read_watch = loop_->Watch(near_.get(), Ready::kRead, [&] {
    ++readable;
    TakeByte();
  });
  std::unique_ptr<Registration> write_watch;
  write_watch = loop_->Watch(near_.get(), Ready::kWrite, [&] {
    writable = true;
    write_watch.reset();
    SendByte();
  });

  EXPECT_TRUE(RunUntil(loop_.get(), [&] { return writable && readable == 1; }));

  SendByte();
  EXPECT_TRUE(RunUntil(loop_.get(), [&] { return readable == 2; }));
}

TEST_F(LoopTest, AWatchLeavesTheDescriptorToItsOwner) {
  {
    const auto watch = loop_->Watch(near_.get(), Ready::kRead, [] {});
  }
  SendByte();
  TakeByte();
}

TEST_F(LoopTest, TellsOfSignals) {
  int seen = 0;
  const auto signals = loop_->OnSignals([&](int number) { seen = number; });

  ASSERT_EQ(::raise(SIGHUP), 0);

  EXPECT_TRUE(RunUntil(loop_.get(), [&] { return seen == SIGHUP; }));
}

TEST_F(LoopTest, DeferredWorkRunsOnceATurn) {
  int runs = 0;
  Deferred deferred(loop_.get(), [&] { ++runs; });
  deferred.Schedule();
  deferred.Schedule();
  bool turned = false;
  loop_->Post([&] { turned = true; });
  EXPECT_TRUE(RunUntil(loop_.get(), [&] { return turned; }));
  EXPECT_EQ(runs, 1);

  deferred.Schedule();
  EXPECT_TRUE(RunUntil(loop_.get(), [&] { return runs == 2; }));
}

TEST_F(LoopTest, DeferredWorkOfADestroyedOneNeverRuns) {
  int runs = 0;
  {
    Deferred deferred(loop_.get(), [&] { ++runs; });
    deferred.Schedule();
  }
  bool turned = false;
  loop_->Post([&] { turned = true; });

  EXPECT_TRUE(RunUntil(loop_.get(), [&] { return turned; }));
  EXPECT_EQ(runs, 0);
}

}  // namespace
}  // namespace peal::io
