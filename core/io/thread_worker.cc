#include "core/io/thread_worker.h"

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "core/base/check.h"
#include "core/base/mutex.h"

namespace peal::io {
namespace {

class ThreadWorker : public Worker {
 public:
  ThreadWorker(Loop* loop, const std::string& name) : loop_(loop), thread_([this] { Run(); }) {
    PEAL_CHECK(pthread_setname_np(thread_.native_handle(), name.c_str()) == 0);
  }

  ~ThreadWorker() override {
    {
      const base::MutexLock lock(&mutex_);
      stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }

  ThreadWorker(const ThreadWorker&) = delete;
  ThreadWorker& operator=(const ThreadWorker&) = delete;

  void Submit(std::function<void()> work, std::function<void()> done) override {
    {
      const base::MutexLock lock(&mutex_);
      orders_.push_back({std::move(work), std::move(done)});
    }
    changed_.notify_one();
  }

 private:
  struct Order {
    std::function<void()> work;
    std::function<void()> done;
  };

  // False: there is none, and none will come.
  bool Take(Order* order) {
    const base::MutexLock lock(&mutex_);
    while (orders_.empty()) {
      if (stopping_) {
        return false;
      }
      changed_.wait(mutex_);
    }
    *order = std::move(orders_.front());
    orders_.pop_front();
    return true;
  }

  void Run() {
    Order order;
    while (Take(&order)) {
      order.work();
      order.work = nullptr;  // What it holds ends here, not on the loop's thread.
      if (order.done) {
        loop_->Post(std::move(order.done));
      }
      order.done = nullptr;
    }
  }

  Loop* const loop_;
  // The queue is all that the two threads share; it is held for a few instructions only.
  base::Mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Order> orders_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace

std::unique_ptr<Worker> MakeThreadWorker(Loop* loop, const std::string& name) {
  return std::make_unique<ThreadWorker>(loop, name);
}

}  // namespace peal::io
