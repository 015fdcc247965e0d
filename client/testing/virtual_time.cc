#include "client/testing/virtual_time.h"

#include <poll.h>

#include <algorithm>
#include <vector>

#include "core/base/check.h"

namespace peal::testing {
namespace {

// No bus has so much to do at one time: something goes round in a circle.
constexpr int kStepsMax = 10'000'000;

}  // namespace

void VirtualTime::After(std::chrono::microseconds delay, std::function<void()> work) {
  PEAL_CHECK(delay >= std::chrono::microseconds(0));
  items_.emplace(std::pair(now_us_ + delay.count(), ++last_), std::move(work));
}

uint64_t VirtualTime::Watch(int fd, int16_t events, std::function<void()> work) {
  watches_.emplace(
      ++last_, Watched{fd, events, std::make_shared<const std::function<void()>>(std::move(work))});
  return last_;
}

bool VirtualTime::RunDue() {
  if (items_.empty() || items_.begin()->first.first > now_us_) {
    return false;
  }
  const auto due = items_.extract(items_.begin());
  due.mapped()();
  return true;
}

bool VirtualTime::RunReady() {
  std::vector<pollfd> asked;
  std::vector<uint64_t> order;
  for (const auto& [watch, watched] : watches_) {
    asked.push_back({.fd = watched.fd, .events = watched.events, .revents = 0});
    order.push_back(watch);
  }
  if (poll(asked.data(), asked.size(), 0) <= 0) {
    return false;
  }
  for (size_t i = 0; i < asked.size(); ++i) {
    // What was called before may have ended this one.
    const auto watched = watches_.find(order[i]);
    if (asked[i].revents != 0 && watched != watches_.end()) {
      const std::shared_ptr<const std::function<void()>> work = watched->second.work;
      (*work)();
    }
  }
  return true;
}

void VirtualTime::Settle() {
  for (int steps = 0; RunDue() || RunReady(); ++steps) {
    PEAL_CHECK(steps < kStepsMax);
  }
}

void VirtualTime::RunTo(int64_t time_us, const std::function<bool()>& enough) {
  for (;;) {
    Settle();
    if (enough() || now_us_ >= time_us) {
      return;
    }
    now_us_ = items_.empty() ? time_us : std::min(time_us, items_.begin()->first.first);
  }
}

}  // namespace peal::testing
