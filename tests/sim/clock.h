// The virtual clock: everything that happens in a simulated run happens here, one thing after the
// other, in the order of its time, and of its making where the times are equal. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace peal::sim {

class Clock {
 public:
  int64_t now_us() const { return now_us_; }
  uint64_t steps() const { return steps_; }

  void After(int64_t delay_us, std::function<void()> work);
  // Runs what is due next. False: nothing is left.
  bool RunNext();

 private:
  struct Item {
    int64_t time_us = 0;
    uint64_t order = 0;
    std::function<void()> work;
  };
  static bool Later(const Item& a, const Item& b) {
    return a.time_us != b.time_us ? a.time_us > b.time_us : a.order > b.order;
  }

  int64_t now_us_ = 0;
  uint64_t order_ = 0;
  uint64_t steps_ = 0;
  std::vector<Item> heap_;
};

}  // namespace peal::sim
