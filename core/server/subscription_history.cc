// What a subscription does with history: it merges what the two journals hold, and what memory has
// the rest of.
#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "core/base/event_wire.h"
#include "core/server/subscription.h"

namespace peal::server {

bool Subscription::GlobalsBehind() const {
  return spec_.WantsGlobal() && expected_ < feed_->held_from();
}

bool Subscription::LocalsBehind() const {
  return spec_.WantsLocal() && (finds_local_ || expected_local_ < feed_->local_held_from());
}

// Without the next of each kind that is in a journal it is not known which comes first.
std::optional<HistoryWish> Subscription::Wish() const {
  if (following_) {
    return std::nullopt;
  }
  if (LocalsBehind() && finds_local_) {
    return HistoryWish{.kind = HistoryWish::Kind::kLocalsStart,
                       .global = Sequence(expected_.value() - 1)};
  }
  if (GlobalsBehind() && read_globals_.empty()) {
    return HistoryWish{.kind = HistoryWish::Kind::kGlobals, .global = expected_};
  }
  if (LocalsBehind() && read_locals_.empty()) {
    return HistoryWish{.kind = HistoryWish::Kind::kLocals, .local = expected_local_};
  }
  return std::nullopt;
}

std::optional<HistoryWish> Subscription::TakeHistoryWish() {
  std::optional<HistoryWish> wish = reading_ || !HasRoom() ? std::nullopt : Wish();
  if (wish) {
    reading_ = wish->kind;
  }
  return wish;
}

// False: it is the answer to a wish of another subscription, which had this one's number before.
bool Subscription::StopReading(HistoryWish::Kind kind) {
  if (reading_ != kind) {
    return false;
  }
  reading_.reset();
  return true;
}

void Subscription::TakeGlobals(absl::StatusOr<EventChunk> events, Sequence first, Delivery* out) {
  if (!StopReading(HistoryWish::Kind::kGlobals) || !GlobalsBehind()) {
    return;
  }
  const bool trimmed = absl::IsNotFound(events.status());
  if (events.ok()) {
    read_globals_ = *std::move(events);
    while (!read_globals_.empty() && read_globals_.front().globalseq < expected_) {
      read_globals_.Pop();
    }
  } else if (trimmed && first > expected_) {
    AddGlobalGap("trimmed", std::min(first, feed_->held_from()), out);
    return;
  }
  if (read_globals_.empty()) {
    // It does not get on there; what memory has is next.
    AddGlobalGap(trimmed ? "trimmed" : "damaged", feed_->held_from(), out);
  }
}

void Subscription::TakeLocals(LocalChunk chunk, Delivery* out) {
  if (!StopReading(HistoryWish::Kind::kLocals) || !LocalsBehind()) {
    return;
  }
  if (chunk.events.empty()) {
    AddLocalGap(chunk.damaged ? "damaged" : "trimmed",
                std::min(chunk.through.Next(), feed_->local_held_from()), out);
    return;
  }
  read_locals_.assign(std::make_move_iterator(chunk.events.begin()),
                      std::make_move_iterator(chunk.events.end()));
  damaged_before_locals_ = chunk.damaged;
}

void Subscription::TakeLocalsStart(LocalNumber start) {
  if (StopReading(HistoryWish::Kind::kLocalsStart)) {
    finds_local_ = false;
    expected_local_ = start;
  }
}

void Subscription::PassNext(Delivery* out) {
  if (LocalsBehind() && ReadLocalIsNext()) {
    PassReadLocal(out);
  } else if (GlobalsBehind()) {
    PassReadGlobal(out);
  } else {
    PassHeld(out);
  }
}

// After a restart memory can hold global events that were shown before, and so come before local
// ones that it does not hold.
bool Subscription::ReadLocalIsNext() const {
  const Sequence after = read_locals_.front().place.after_global;
  if (GlobalsBehind()) {
    return after < read_globals_.front().globalseq;
  }
  if (!spec_.WantsGlobal() || LiveIsDue() || position_ == feed_->end()) {
    return true;
  }
  const FeedItem& held = feed_->At(position_);
  return held.local() || after < held.globalseq;
}

// What memory has got the rest of.
void Subscription::ForgetRead() {
  if (!GlobalsBehind()) {
    read_globals_ = {};
  }
  if (!LocalsBehind()) {
    read_locals_.clear();
  }
}

// What memory holds is left to it, so that it comes in memory's order.
void Subscription::PassReadGlobal(Delivery* out) {
  const EventChunk::Event event = read_globals_.front();
  AddGlobalGap("trimmed", std::min(event.globalseq, feed_->held_from()), out);
  if (GlobalsBehind()) {
    if (TakesGlobal(event.globalseq, event.type, event.encoded, false, out)) {
      Add(event.encoded, out);
    }
    read_globals_.Pop();
  }
}

void Subscription::PassReadLocal(Delivery* out) {
  const LocalEvent& event = read_locals_.front();
  const LocalNumber number = event.place.number;
  AddLocalGap(std::exchange(damaged_before_locals_, false) ? "damaged" : "trimmed",
              std::min(number, feed_->local_held_from()), out);
  if (LocalsBehind()) {
    if (TakesLocal(number, base::TypeOf(event.encoded).value_or(""), event.encoded, false, out)) {
      Add(event.encoded, out);
    }
    read_locals_.pop_front();
  }
}

}  // namespace peal::server
