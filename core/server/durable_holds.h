// The durable subscriptions that are held by clients of this daemon: takes them, lets their places
// in the order follow, and hears when another one takes them.
//
//   waits    --the order has the HOLD-->  held  --Let()-->                    gone, with a RELEASE
//            --it is refused-->  gone          --newer hold, or removed-->   lost: its user hears
//            it
//
// A place goes into the order at most once a beat for each, and only when it has moved: many that
// move share a batch, and where nothing happens nothing is sent.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/io/loop.h"
#include "core/server/intake.h"
#include "core/server/order.h"
#include "core/server/place.h"

namespace peal::server {

// Which hold of this incarnation. 0: none.
using HoldNumber = Id<struct HoldNumberTag, uint64_t>;

// Loop thread only. What the constructor is given outlives it.
class DurableHolds {
 public:
  // How often places go into the order.
  static constexpr std::chrono::milliseconds kBeat{100};

  // What a holder has to say, and hears; `place` only counts what is safe to count: local events
  // that are durable. Both may be called until Let().
  struct User {
    std::function<proto::Place()> confirmed_place;
    std::function<void(const absl::Status&)> on_lost;
  };
  struct Held {
    HoldNumber number;
    proto::Place place;
  };

  DurableHolds(io::Loop* loop, Intake* intake, const Order* order);

  // Takes the durable subscription `name` over, from whoever holds it; if there is none of this
  // name it begins, at `begin` or, without, at the end of the order as it then is. `done` is called
  // once, with what is then to be Watch()ed or Let() go. PermissionDenied: it belongs to another
  // user, and `owner` is not root; codes of Intake::ChangeDurable().
  using TakeCallback = std::function<void(const absl::StatusOr<Held>&)>;
  struct Request {
    std::string name;
    uint32_t owner = 0;
    std::optional<proto::Place> begin;
    std::chrono::milliseconds timeout{0};
  };
  void Take(const Request& request, TakeCallback done);
  // From now on its place follows the user's, and the user hears when it is lost.
  void Watch(HoldNumber number, User user);
  // Nobody holds it any more, with the place that it has; `done` is called later, or at once, when
  // that is in the order, if it will be. Nothing to do if it is lost.
  void Let(HoldNumber number, StatusCallback done = nullptr);

  // The order has applied something: what it says of the holds is looked at, and their places move,
  // within a beat. Also when a user's place has moved.
  void Touch();
  // All places go into the order now.
  void MoveAll();

 private:
  struct Hold {
    std::string name;
    std::optional<User> user;
    std::string in_order;  // The encoded place that was ordered last.
    bool moving = false;
  };

  void OnTaken(HoldNumber number, const absl::Status& status, const TakeCallback& done);
  proto::CursorChange ChangeOf(HoldNumber number, const Hold& hold,
                               proto::CursorChange::Kind kind) const;
  absl::Status StillHeld(HoldNumber number, const Hold& hold) const;
  void Beat();
  void Move(HoldNumber number, Hold* hold);

  io::Loop* const loop_;
  Intake* const intake_;
  const Order* const order_;
  HoldNumber last_;
  std::map<HoldNumber, Hold> holds_;
  std::unique_ptr<io::Registration> beat_;
};

}  // namespace peal::server
