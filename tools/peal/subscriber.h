// Follows one subscription to its end.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "peal/client.h"
#include "peal/event.h"
#include "tools/peal/context.h"
#include "tools/peal/output.h"
#include "tools/peal/stop_signals.h"

namespace peal::tool {

// Prints each event, or runs the context's command on it. Not thread-safe; one at a time, since it
// takes SIGINT and SIGTERM.
class Subscriber {
 public:
  // `client` and `context` outlive this. `count_max` 0: no limit. `idle`: how long a silence ends
  // it.
  Subscriber(Client* client, const Context& context, uint64_t count_max,
             std::optional<std::chrono::microseconds> idle);

  // Runs until a signal, a closed pipe, the count, the silence, a failed command or the end of the
  // session; gives the exit code.
  int Run(SubscribeOptions options);

 private:
  using Clock = std::chrono::steady_clock;

  void OnEvent(const Event& event);
  void OnEnd(const Status& why);
  int Follow();
  void Confirm();
  // So that whoever comes next for it, on any node, goes on after what was confirmed.
  int LeaveDurable(int exit_code);
  std::optional<int> Round();
  std::optional<int> Poll();
  int PollTimeoutMs() const;

  Client* const client_;
  const Context& context_;
  const uint64_t count_max_;
  const std::optional<std::chrono::microseconds> idle_;
  StopSignals stop_;
  Output output_{1, stop_.fd()};

  std::optional<SubscriptionId> subscription_;  // Of a durable one.
  uint64_t count_ = 0;
  Clock::time_point last_event_ = Clock::now();
  // Set when the program should end: what comes after it is not looked at.
  std::optional<int> ended_;
  bool handled_ = true;  // All that was handed out is written, or was run.
  // Why the subscription is no more.
  Status failure_;
};

}  // namespace peal::tool
