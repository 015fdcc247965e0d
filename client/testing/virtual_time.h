// The clock of a fake bus, and all that is to be done in it: one thing after the other, in the
// order of its time, and of its making where the times are equal.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

namespace peal::testing {

// One thread. Time passes only in RunTo().
class VirtualTime {
 public:
  // 2026-01-01T00:00:00Z.
  static constexpr int64_t kStartUs = 1'767'225'600'000'000;

  int64_t now_us() const { return now_us_; }
  std::chrono::steady_clock::time_point now() const {
    return std::chrono::steady_clock::time_point(std::chrono::microseconds(now_us_));
  }

  void After(std::chrono::microseconds delay, std::function<void()> work);
  // Calls `work` whenever `fd` is ready for `events` of poll(2), until Unwatch().
  uint64_t Watch(int fd, int16_t events, std::function<void()> work);
  void Unwatch(uint64_t watch) { watches_.erase(watch); }

  // Does all that can be done without time passing.
  void Settle();
  // Lets the time pass, and does what is due meanwhile, until `time_us` or until `enough`, which is
  // asked whenever all is done that can be.
  void RunTo(int64_t time_us, const std::function<bool()>& enough);

 private:
  struct Watched {
    int fd = -1;
    int16_t events = 0;
    std::shared_ptr<const std::function<void()>> work;  // It may end its own watch.
  };

  bool RunDue();
  bool RunReady();

  int64_t now_us_ = kStartUs;
  uint64_t last_ = 0;
  std::map<std::pair<int64_t, uint64_t>, std::function<void()>> items_;
  std::map<uint64_t, Watched> watches_;
};

}  // namespace peal::testing
