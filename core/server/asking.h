// Subscriptions that are about to begin wait here until every daemon knows what they ask for. So
// what is published anywhere after a subscription's answer is not kept from it.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "core/base/interest.h"
#include "core/io/loop.h"
#include "core/server/order.h"

namespace peal::server {

// Loop thread only.
class Asking {
 public:
  // A daemon that has not said by then that it knows, since it hangs say, is not waited for.
  static constexpr std::chrono::milliseconds kWaitMax{2000};
  // Beyond it: ResourceExhausted.
  static constexpr size_t kWaitingMax = 65'536;

  Asking(io::Loop* loop, const Order* order) : loop_(loop), order_(order) {}

  // Calls `done`, later, when what this daemon has told the others by its next Update() is known.
  absl::Status Wait(std::function<void()> done);

  // What is asked for is told, or has become known: lets go on whom that concerns.
  void Update();

 private:
  struct Waiting {
    std::optional<InterestNumber> number;  // None: it is not told yet.
    std::chrono::steady_clock::time_point deadline;
    std::function<void()> done;
  };

  void OnTimer();
  void ArmTimer();

  io::Loop* const loop_;
  const Order* const order_;
  std::deque<Waiting> waiting_;  // Numbers and deadlines grow.
  std::unique_ptr<io::Registration> timer_;
};

}  // namespace peal::server
