// The loop on standalone Asio. The only file that sees it.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "core/base/check.h"
#include "core/io/loop.h"

namespace peal::io {
namespace {

using std::chrono::milliseconds;

// What a handler under way and the registration share: a callback may destroy its own registration,
// and Asio still holds the handler of a cancelled wait.
class Source : public std::enable_shared_from_this<Source> {
 public:
  virtual ~Source() = default;
  virtual void Arm() = 0;
  virtual void Stop() = 0;
};

class SourceRegistration : public Registration {
 public:
  explicit SourceRegistration(std::shared_ptr<Source> source) : source_(std::move(source)) {}
  ~SourceRegistration() override { source_->Stop(); }
  SourceRegistration(const SourceRegistration&) = delete;
  SourceRegistration& operator=(const SourceRegistration&) = delete;

 private:
  const std::shared_ptr<Source> source_;
};

// A period of zero: once.
class TimerSource : public Source {
 public:
  TimerSource(asio::io_context* context, milliseconds delay, milliseconds period,
              std::function<void()> work)
      : timer_(*context, delay), period_(period), work_(std::move(work)) {}

  void Arm() override {
    timer_.async_wait([this, self = shared_from_this()](const asio::error_code& error) {
      if (!error && !stopped_) {
        Fire();
      }
    });
  }

  void Stop() override {
    stopped_ = true;
    timer_.cancel();
  }

 private:
  void Fire() {
    work_();
    if (stopped_ || period_ == milliseconds::zero()) {
      return;
    }
    // A loop that was held up skips the beats that it missed.
    timer_.expires_at(std::max(timer_.expiry() + period_, std::chrono::steady_clock::now()));
    Arm();
  }

  asio::steady_timer timer_;
  const milliseconds period_;
  const std::function<void()> work_;
  bool stopped_ = false;
};

// Asio closes what it watches, and epoll takes a descriptor once: so each watch has its own
// duplicate.
class WatchSource : public Source {
 public:
  WatchSource(asio::io_context* context, int fd, Ready direction, std::function<void()> work)
      : descriptor_(*context),
        wait_(direction == Ready::kRead ? asio::posix::stream_descriptor::wait_read
                                        : asio::posix::stream_descriptor::wait_write),
        work_(std::move(work)) {
    const int duplicate = ::dup(fd);
    // A descriptor that cannot be duplicated or watched could never be served: out of descriptors.
    PEAL_CHECK(duplicate >= 0);
    asio::error_code error;
    descriptor_.assign(duplicate, error);
    PEAL_CHECK(!error);
  }

  // Each new wait asks epoll again, so that what is still ready fires again: level-triggered.
  void Arm() override {
    descriptor_.async_wait(wait_, [this, self = shared_from_this()](const asio::error_code&) {
      if (!stopped_) {
        work_();
      }
      if (!stopped_) {
        Arm();
      }
    });
  }

  void Stop() override {
    stopped_ = true;
    asio::error_code ignored;  // The duplicate is gone either way.
    descriptor_.close(ignored);
  }

 private:
  asio::posix::stream_descriptor descriptor_;
  const asio::posix::stream_descriptor::wait_type wait_;
  const std::function<void()> work_;
  bool stopped_ = false;
};

class SignalSource : public Source {
 public:
  SignalSource(asio::io_context* context, std::function<void(int)> work)
      : signals_(*context), work_(std::move(work)) {
    for (const int number : std::array{SIGTERM, SIGINT, SIGHUP}) {
      asio::error_code error;
      signals_.add(number, error);
      PEAL_CHECK(!error);
    }
  }

  void Arm() override {
    signals_.async_wait(
        [this, self = shared_from_this()](const asio::error_code& error, int number) {
          if (!error && !stopped_) {
            work_(number);
          }
          if (!stopped_) {
            Arm();
          }
        });
  }

  void Stop() override {
    stopped_ = true;
    asio::error_code ignored;
    signals_.cancel(ignored);
    signals_.clear(ignored);
  }

 private:
  asio::signal_set signals_;
  const std::function<void(int)> work_;
  bool stopped_ = false;
};

class AsioLoop : public Loop {
 public:
  AsioLoop() : context_(1), guard_(asio::make_work_guard(context_)) {}

  std::chrono::steady_clock::time_point Now() const override {
    return std::chrono::steady_clock::now();
  }

  void Run() override {
    context_.run();
    context_.restart();  // May run again.
  }
  void Stop() override { context_.stop(); }
  void Post(std::function<void()> work) override { asio::post(context_, std::move(work)); }

  std::unique_ptr<Registration> After(milliseconds delay, std::function<void()> work) override {
    return Start(
        std::make_shared<TimerSource>(&context_, delay, milliseconds::zero(), std::move(work)));
  }
  std::unique_ptr<Registration> Every(milliseconds period, std::function<void()> work) override {
    PEAL_CHECK(period > milliseconds::zero());
    return Start(std::make_shared<TimerSource>(&context_, period, period, std::move(work)));
  }
  std::unique_ptr<Registration> Watch(int fd, Ready direction,
                                      std::function<void()> work) override {
    return Start(std::make_shared<WatchSource>(&context_, fd, direction, std::move(work)));
  }
  std::unique_ptr<Registration> OnSignals(std::function<void(int)> work) override {
    return Start(std::make_shared<SignalSource>(&context_, std::move(work)));
  }

 private:
  static std::unique_ptr<Registration> Start(std::shared_ptr<Source> source) {
    source->Arm();
    return std::make_unique<SourceRegistration>(std::move(source));
  }

  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
};

}  // namespace

std::unique_ptr<Loop> MakeAsioLoop() {
  return std::make_unique<AsioLoop>();
}

}  // namespace peal::io
