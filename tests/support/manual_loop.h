// A loop, and workers on it, that a test turns by hand: one thread, no time.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "core/base/check.h"
#include "core/io/loop.h"
#include "core/io/worker.h"

namespace peal::testing_support {

// Posts, and timers that ring when they are told to.
class ManualLoop : public io::Loop {
 public:
  std::chrono::steady_clock::time_point Now() const override {
    return std::chrono::steady_clock::now();
  }
  // Until nothing is posted any more.
  void Run() override {
    while (!posts_.empty()) {
      const std::function<void()> work = std::move(posts_.front());
      posts_.pop_front();
      work();
    }
  }
  void Stop() override {}
  void Post(std::function<void()> work) override { posts_.push_back(std::move(work)); }

  // All timers that were set, each once, and what follows from it.
  void Ring() {
    auto timers = std::exchange(timers_, {});
    std::erase_if(repeating_, [](const auto& timer) { return !*timer; });
    timers.insert(timers.end(), repeating_.begin(), repeating_.end());
    for (const std::shared_ptr<std::function<void()>>& timer : timers) {
      if (*timer) {
        (*timer)();
      }
    }
    Run();
  }

  std::unique_ptr<io::Registration> After(std::chrono::milliseconds,
                                          std::function<void()> work) override {
    timers_.push_back(std::make_shared<std::function<void()>>(std::move(work)));
    return std::make_unique<Timer>(timers_.back());
  }
  std::unique_ptr<io::Registration> Every(std::chrono::milliseconds,
                                          std::function<void()> work) override {
    repeating_.push_back(std::make_shared<std::function<void()>>(std::move(work)));
    return std::make_unique<Timer>(repeating_.back());
  }
  std::unique_ptr<io::Registration> Watch(int, io::Ready, std::function<void()>) override {
    return nullptr;
  }
  std::unique_ptr<io::Registration> OnSignals(std::function<void(int)>) override { return nullptr; }

 private:
  // Rings no more once it is destroyed.
  class Timer : public io::Registration {
   public:
    explicit Timer(std::shared_ptr<std::function<void()>> work) : work_(std::move(work)) {}
    ~Timer() override { *work_ = nullptr; }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

   private:
    const std::shared_ptr<std::function<void()>> work_;
  };

  std::deque<std::function<void()>> posts_;
  std::deque<std::shared_ptr<std::function<void()>>> timers_;
  std::deque<std::shared_ptr<std::function<void()>>> repeating_;
};

// Works when it is told to; what is left when it is destroyed is never done, as in a crash.
class ManualWorker : public io::Worker {
 public:
  explicit ManualWorker(io::Loop* loop) : loop_(loop) {}

  void Submit(std::function<void()> work, std::function<void()> done) override {
    orders_.emplace_back(std::move(work), std::move(done));
  }
  bool idle() const { return orders_.empty(); }
  void WorkAll() {
    while (!orders_.empty()) {
      auto [work, done] = std::move(orders_.front());
      orders_.pop_front();
      work();
      if (done) {
        loop_->Post(std::move(done));
      }
    }
  }
  void Forget() { orders_.clear(); }

 private:
  io::Loop* const loop_;
  std::deque<std::pair<std::function<void()>, std::function<void()>>> orders_;
};

}  // namespace peal::testing_support
