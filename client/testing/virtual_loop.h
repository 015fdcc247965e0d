// The event loop of one part of a fake bus, on the bus's clock. When it is destroyed, its work is
// forgotten.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "client/testing/virtual_time.h"
#include "core/io/loop.h"

namespace peal::testing {

class VirtualLoop : public io::Loop {
 public:
  // `time` outlives the loop.
  explicit VirtualLoop(VirtualTime* time) : time_(time) {}
  ~VirtualLoop() override { *alive_ = false; }
  VirtualLoop(const VirtualLoop&) = delete;
  VirtualLoop& operator=(const VirtualLoop&) = delete;

  std::chrono::steady_clock::time_point Now() const override { return time_->now(); }
  // The clock runs everything: this is never called.
  void Run() override;
  void Stop() override {}
  void Post(std::function<void()> work) override;
  std::unique_ptr<io::Registration> After(std::chrono::milliseconds delay,
                                          std::function<void()> work) override;
  std::unique_ptr<io::Registration> Every(std::chrono::milliseconds period,
                                          std::function<void()> work) override;
  std::unique_ptr<io::Registration> Watch(int fd, io::Ready direction,
                                          std::function<void()> work) override;
  // No signal reaches a fake daemon.
  std::unique_ptr<io::Registration> OnSignals(std::function<void(int)> work) override;

 private:
  class Timer;
  class DescriptorWatch;

  VirtualTime* const time_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace peal::testing
