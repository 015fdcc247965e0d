// Keeps what durable subscriptions have not read, within the journal's bound for it, and warns
// their owners before it goes.
//
// The warning is a global event `peal.lagging` with the attributes `name`, `confirmed` (everything
// up to this globalseq is confirmed) and `unread` (events after it). Whichever daemons find it, one
// of a subscription at one place is in the order once. What goes all the same is a `peal.gap` to
// who comes for it.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/base/ids.h"
#include "core/io/loop.h"
#include "core/journal/upkeep.h"
#include "core/server/order.h"
#include "proto/event.pb.h"

namespace peal::server {

// Loop thread only. What the constructor is given outlives it.
class Retention {
 public:
  static constexpr std::chrono::milliseconds kBeat{1000};

  // `publish` is for events of the daemon itself.
  Retention(io::Loop* loop, const Order* order, journal::Upkeep* upkeep,
            std::function<void(proto::Event)> publish);

 private:
  void Look();
  void Warn(const DurablePlace& durable);

  const Order* const order_;
  journal::Upkeep* const upkeep_;
  const std::function<void(proto::Event)> publish_;
  std::map<std::string, uint64_t> warned_;  // At which place, by name; those that are endangered.
  std::unique_ptr<io::Registration> beat_;
};

}  // namespace peal::server
