#include "tests/sim/clock.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace peal::sim {

void Clock::After(int64_t delay_us, std::function<void()> work) {
  PEAL_CHECK(delay_us >= 0);
  heap_.push_back({now_us_ + delay_us, ++order_, std::move(work)});
  std::push_heap(heap_.begin(), heap_.end(), Later);
}

bool Clock::RunNext() {
  if (heap_.empty()) {
    return false;
  }
  std::pop_heap(heap_.begin(), heap_.end(), Later);
  const Item item = std::move(heap_.back());
  heap_.pop_back();
  PEAL_CHECK(item.time_us >= now_us_);
  now_us_ = item.time_us;
  ++steps_;
  item.work();
  return true;
}

}  // namespace peal::sim
