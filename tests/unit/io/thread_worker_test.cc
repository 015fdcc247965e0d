#include "core/io/thread_worker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/support/loop_driver.h"

namespace peal::io {
namespace {

TEST(ThreadWorker, WorksInOrderElsewhereAndTellsOnTheLoop) {
  const std::unique_ptr<Loop> loop = MakeAsioLoop();
  const std::unique_ptr<Worker> worker = MakeThreadWorker(loop.get(), "test");
  std::vector<int> worked;  // The worker's until all is told.
  std::atomic<int> finished = 0;
  std::vector<int> told;
  std::thread::id where;

  for (int i = 0; i < 100; ++i) {
    worker->Submit(
        [&, i] {
          worked.push_back(i);
          where = std::this_thread::get_id();
          ++finished;
        },
        [&, i] {
          EXPECT_GT(finished, i);
          told.push_back(i);
        });
  }

  ASSERT_TRUE(testing_support::RunUntil(loop.get(), [&] { return told.size() == 100; }));
  EXPECT_EQ(worked, told);
  EXPECT_NE(where, std::this_thread::get_id());
}

TEST(ThreadWorker, FinishesWhatWaitsBeforeItIsGone) {
  const std::unique_ptr<Loop> loop = MakeAsioLoop();
  std::unique_ptr<Worker> worker = MakeThreadWorker(loop.get(), "test");
  int worked = 0;
  for (int i = 0; i < 100; ++i) {
    worker->Submit([&] { ++worked; }, nullptr);
  }

  worker.reset();

  EXPECT_EQ(worked, 100);
}

}  // namespace
}  // namespace peal::io
