#include "core/server/durable_holds.h"

#include <utility>
#include <vector>

#include "fmt/format.h"

namespace peal::server {
namespace {

// A move that is not in the order by then is given up, and another one follows.
constexpr std::chrono::milliseconds kMoveTimeout{10'000};

absl::Status NotOwned(const DurablePlace& place) {
  return absl::PermissionDeniedError(
      fmt::format("the durable subscription '{}' belongs to uid {}: take another name", place.name,
                  place.owner));
}

}  // namespace

DurableHolds::DurableHolds(io::Loop* loop, Intake* intake, const Order* order)
    : loop_(loop), intake_(intake), order_(order) {}

void DurableHolds::Take(const Request& request, TakeCallback done) {
  const std::optional<DurablePlace> known = order_->FindDurable(request.name);
  if (known && request.owner != 0 && known->owner != request.owner) {
    done(NotOwned(*known));
    return;
  }
  last_ = last_.Next();
  const HoldNumber number = last_;
  Hold& hold = holds_[number];
  hold.name = request.name;
  proto::CursorChange change = ChangeOf(number, hold, proto::CursorChange::HOLD);
  change.set_owner(request.owner);
  if (request.begin) {
    *change.mutable_place() = *request.begin;
  }
  intake_->ChangeDurable(change, request.timeout,
                         [this, number, done = std::move(done)](const Answer& answer) {
                           OnTaken(number, answer.status, done);
                         });
}

void DurableHolds::OnTaken(HoldNumber number, const absl::Status& status,
                           const TakeCallback& done) {
  Hold& hold = holds_.at(number);
  absl::Status held = status.ok() ? StillHeld(number, hold) : status;
  if (const auto known = order_->FindDurable(hold.name); absl::IsAborted(status) && known) {
    held = NotOwned(*known);  // It began, for another user, while this was on its way.
  }
  if (!held.ok()) {
    holds_.erase(number);
    done(held);
    return;
  }
  const proto::Place place = order_->FindDurable(hold.name)->place;
  hold.in_order = place.SerializeAsString();
  done(Held{number, place});
}

void DurableHolds::Watch(HoldNumber number, User user) {
  holds_.at(number).user = std::move(user);
}

void DurableHolds::Let(HoldNumber number, StatusCallback done) {
  const auto found = holds_.find(number);
  if (found == holds_.end()) {
    if (done) {
      done(absl::OkStatus());
    }
    return;
  }
  proto::CursorChange change = ChangeOf(number, found->second, proto::CursorChange::RELEASE);
  if (found->second.user) {
    *change.mutable_place() = found->second.user->confirmed_place();
  }
  holds_.erase(found);
  intake_->ChangeDurable(change, kMoveTimeout, [done = std::move(done)](const Answer& answer) {
    if (done) {
      done(answer.status);
    }
  });
}

proto::CursorChange DurableHolds::ChangeOf(HoldNumber number, const Hold& hold,
                                           proto::CursorChange::Kind kind) const {
  proto::CursorChange change;
  change.set_name(hold.name);
  change.set_kind(kind);
  change.set_hold(number.value());
  return change;
}

absl::Status DurableHolds::StillHeld(HoldNumber number, const Hold& hold) const {
  const std::optional<DurablePlace> place = order_->FindDurable(hold.name);
  if (!place) {
    return absl::NotFoundError(fmt::format("the durable subscription '{}' was removed", hold.name));
  }
  if (!place->held_here || place->hold != number.value()) {
    return absl::AbortedError(
        fmt::format("the durable subscription '{}' was taken by a newer subscriber{}", hold.name,
                    place->node.empty() ? "" : " on node " + place->node));
  }
  return absl::OkStatus();
}

void DurableHolds::Touch() {
  if (!beat_ && !holds_.empty()) {
    beat_ = loop_->After(kBeat, [this] { Beat(); });
  }
}

// Who is called may let go of holds.
void DurableHolds::Beat() {
  beat_.reset();
  std::vector<std::pair<std::function<void(const absl::Status&)>, absl::Status>> lost;
  for (auto at = holds_.begin(); at != holds_.end();) {
    Hold& hold = at->second;
    const absl::Status held = hold.user ? StillHeld(at->first, hold) : absl::OkStatus();
    if (!held.ok()) {
      lost.emplace_back(std::move(hold.user->on_lost), held);
      at = holds_.erase(at);
      continue;
    }
    Move(at->first, &hold);
    ++at;
  }
  for (const auto& [on_lost, status] : lost) {
    on_lost(status);
  }
}

void DurableHolds::MoveAll() {
  for (auto& [number, hold] : holds_) {
    Move(number, &hold);
  }
}

void DurableHolds::Move(HoldNumber number, Hold* hold) {
  if (!hold->user || hold->moving) {
    return;
  }
  const proto::Place place = hold->user->confirmed_place();
  std::string encoded = place.SerializeAsString();
  if (encoded == hold->in_order) {
    return;
  }
  hold->moving = true;
  proto::CursorChange change = ChangeOf(number, *hold, proto::CursorChange::MOVE);
  *change.mutable_place() = place;
  intake_->ChangeDurable(change, kMoveTimeout,
                         [this, number, encoded = std::move(encoded)](const Answer& answer) {
                           const auto found = holds_.find(number);
                           if (found == holds_.end()) {
                             return;
                           }
                           found->second.moving = false;
                           if (answer.status.ok()) {
                             found->second.in_order = encoded;
                           }
                           Touch();
                         });
}

}  // namespace peal::server
