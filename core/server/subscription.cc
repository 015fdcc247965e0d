#include "core/server/subscription.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "core/base/event_codec.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace peal::server {
namespace {

bool NamesLive(const SubscriptionSpec& spec) {
  return std::any_of(spec.types.begin(), spec.types.end(), [](const filter::TypeGlob& glob) {
    return glob.text() == "peal.live" || glob.text() == "peal.*";
  });
}

void AddCount(std::string_view name, uint64_t value, proto::Event* event) {
  base::AddAttribute(name, event)->set_integer(static_cast<int64_t>(value));
}

// Further attributes are added in the order of their names (event.proto).
proto::Event Gap(std::string_view why) {
  proto::Event event;
  event.set_type("peal.gap");
  base::AddAttribute("cause", &event)->set_text(std::string(why));
  return event;
}

}  // namespace

absl::StatusOr<SubscriptionSpec> ParseSubscribe(const proto::Subscribe& request) {
  if (request.types_size() > SubscriptionSpec::kTypesMax) {
    return absl::InvalidArgumentError(
        fmt::format("{} type globs, at most {} are allowed; use wider ones", request.types_size(),
                    SubscriptionSpec::kTypesMax));
  }
  if (!proto::Subscribe::Scope_IsValid(request.scope()) ||
      !proto::Subscribe::From_IsValid(request.from()) ||
      !proto::Subscribe::Gaps_IsValid(request.gaps())) {
    return absl::InvalidArgumentError("unknown scope, start or gaps of a subscription");
  }
  if (request.window() > SubscriptionSpec::kWindowMax) {
    return absl::InvalidArgumentError(fmt::format("a window of {} events, at most {} are allowed",
                                                  request.window(), SubscriptionSpec::kWindowMax));
  }
  SubscriptionSpec spec;
  for (const std::string& text : request.types()) {
    PEAL_ASSIGN_OR_RETURN(filter::TypeGlob glob, filter::TypeGlob::Parse(text));
    spec.types.push_back(std::move(glob));
  }
  spec.where = request.where();
  spec.scope = request.scope();
  spec.from = request.from();
  spec.from_sequence = Sequence(request.from_sequence());
  spec.window = request.window();
  spec.ends_at_gap = request.gaps() == proto::Subscribe::END;
  return spec;
}

Subscription::Subscription(SubscriptionSpec spec, Fanout::Filter filter,
                           const ServerOptions* options, std::string name,
                           std::function<void()> wake)
    : spec_(std::move(spec)),
      filter_(std::move(filter)),
      feed_(filter_.feed()),
      options_(options),
      name_(std::move(name)),
      wake_(std::move(wake)) {
  switch (spec_.from) {
    case proto::Subscribe::FIRST:
      position_ = feed_->first();
      expected_ = Sequence(1);
      expected_local_ = LocalNumber(1);
      break;
    case proto::Subscribe::SEQUENCE:
      BeginAt(std::max(spec_.from_sequence, Sequence(1)));
      break;
    case proto::Subscribe::PLACE:
      BeginAt(spec_.from_place);
      break;
    default:
      position_ = feed_->end();
      expected_ = feed_->last_global().Next();
      expected_local_ = feed_->NextLocal(position_);
  }
  live_due_ = spec_.from != proto::Subscribe::NEW && NamesLive(spec_);
  live_at_ = feed_->end();
  FollowIfLevel();
}

Subscription::~Subscription() {
  if (following_) {
    filter_.Unfollow(this);
  }
}

void Subscription::BeginAt(Sequence sequence) {
  expected_ = sequence;
  if (sequence > feed_->held_from()) {
    // Memory holds the global event before it, or that is to come, and hence all local ones after.
    position_ = feed_->PositionOf(sequence);
    expected_local_ = feed_->NextLocal(position_);
    return;
  }
  position_ = feed_->first();
  expected_local_ = LocalNumber(1);
  finds_local_ = spec_.WantsLocal() && feed_->local_held_from() > LocalNumber(1);
}

// What was shown since is beyond the place of both kinds, so the later of two starts loses nothing.
void Subscription::BeginAt(const Place& place) {
  BeginAt(place.global.Next());
  if (place.local && spec_.WantsLocal()) {
    position_ = std::min(position_, feed_->PositionAfter(*place.local));
    expected_local_ = std::min(place.local->Next(), feed_->last_local().Next());
    finds_local_ = false;
  }
}

absl::Status Subscription::Confirm(uint64_t count) {
  if (count > delivered_) {
    return absl::InvalidArgumentError(
        fmt::format("{} events are confirmed of {} that were delivered", count, delivered_));
  }
  for (; confirmed_ < count; ++confirmed_) {
    if (!unconfirmed_.empty()) {
      confirmed_place_ = unconfirmed_.front();
      unconfirmed_.pop_front();
    }
  }
  return absl::OkStatus();
}

Place Subscription::place() const {
  Place place{Sequence(expected_.value() - 1), std::nullopt};
  if (spec_.WantsLocal() && !finds_local_) {
    place.local = LocalNumber(expected_local_.value() - 1);
  }
  if (following_ && offered_.empty()) {
    // It is at the end, whether or not anything of what led there passed.
    place.global = std::max(place.global, feed_->last_global());
    place.local = place.local ? std::optional(feed_->last_local()) : std::nullopt;
  }
  return place;
}

Place Subscription::confirmed_place() const {
  return unconfirmed_.empty() ? place() : confirmed_place_;
}

bool Subscription::HasRoom() const {
  return ended_.ok() && (spec_.window == 0 || delivered_ - confirmed_ < spec_.window);
}

bool Subscription::HasMore() const {
  if (!HasRoom()) {
    return false;
  }
  if (following_) {
    return !offered_.empty();
  }
  return Wish() ? !reading_ : Behind() || position_ < feed_->end() || LiveIsDue();
}

void Subscription::Pull(size_t bytes_max, Delivery* out) {
  pulled_bytes_ = 0;
  if (following_) {
    PullOffered(bytes_max, out);
    return;
  }
  position_ = std::max(position_, feed_->first());
  size_t left = kPullItemsMax;
  for (; Behind() && !Wish() && left > 0 && pulled_bytes_ < bytes_max && HasRoom(); --left) {
    PassNext(out);
  }
  ForgetRead();
  if (Behind()) {
    return;
  }
  for (; left > 0; --left) {
    if (LiveIsDue()) {
      AddLive(out);
    }
    if (position_ == feed_->end() || pulled_bytes_ >= bytes_max || !HasRoom()) {
      break;
    }
    PassHeld(out);
  }
  FollowIfLevel();
}

void Subscription::FollowIfLevel() {
  if (position_ == feed_->end() && !Behind() && !LiveIsDue() && !reading_) {
    following_ = true;
    filter_.Follow(this);
  }
}

// It goes on by itself from what it was offered and has not got.
void Subscription::StopFollowing() {
  const FanoutPlace& next = offered_.front();
  position_ = next.position;
  expected_ = std::max(expected_, next.global);
  expected_local_ = std::max(expected_local_, next.local);
  offered_.clear();
  following_ = false;
  filter_.Unfollow(this);
}

void Subscription::Offer(const FanoutPlace& place, bool local) {
  if (local ? !spec_.WantsLocal() : !spec_.WantsGlobal()) {
    return;
  }
  if (offered_.size() == kPendingMax) {
    StopFollowing();
    return;
  }
  offered_.push_back(place);
  if (offered_.size() == 1) {
    wake_();
  }
}

void Subscription::PullOffered(size_t bytes_max, Delivery* out) {
  while (!offered_.empty() && pulled_bytes_ < bytes_max && HasRoom()) {
    const FanoutPlace place = offered_.front();
    if (place.position < feed_->first() || place.jump) {
      StopFollowing();
      return;
    }
    offered_.pop_front();
    position_ = place.position.Next();
    expected_ = std::max(expected_, place.global);
    expected_local_ = std::max(expected_local_, place.local);
    Pass(feed_->At(place.position), true, out);
  }
}

void Subscription::PassHeld(Delivery* out) {
  const FeedItem& item = feed_->At(position_);
  position_ = position_.Next();
  Pass(item, false, out);
}

void Subscription::Pass(const FeedItem& item, bool wanted, Delivery* out) {
  const bool takes = item.local()
                         ? TakesLocal(item.local_through, item.type, item.encoded, wanted, out)
                         : TakesGlobal(item.globalseq, item.type, item.encoded, wanted, out);
  if (takes) {
    Add(item.encoded, out);
  }
}

bool Subscription::TakesGlobal(Sequence globalseq, std::string_view type, std::string_view encoded,
                               bool wanted, Delivery* out) {
  if (globalseq < expected_) {
    return false;
  }
  AddGlobalGap("trimmed", globalseq, out);
  if (!ended_.ok()) {
    return false;
  }
  expected_ = globalseq.Next();
  return spec_.WantsGlobal() && (wanted || filter_.Passes(type, encoded));
}

bool Subscription::TakesLocal(LocalNumber number, std::string_view type, std::string_view encoded,
                              bool wanted, Delivery* out) {
  if (!spec_.WantsLocal() || number < expected_local_) {
    return false;
  }
  AddLocalGap("trimmed", number, out);
  if (!ended_.ok()) {
    return false;
  }
  expected_local_ = number.Next();
  return wanted || filter_.Passes(type, encoded);
}

uint64_t Subscription::lag() const {
  if (following_) {
    return offered_.size();
  }
  const FeedPosition next = std::max(position_, feed_->first());
  uint64_t lag = feed_->end().value() - next.value();
  if (GlobalsBehind()) {
    lag += feed_->held_from().value() - expected_.value();
  }
  if (LocalsBehind()) {
    lag += feed_->local_held_from().value() - expected_local_.value();
  }
  return lag;
}

void Subscription::AddLive(Delivery* out) {
  live_due_ = false;
  proto::Event event;
  event.set_type("peal.live");
  AddOwn(std::move(event), out);
}

// Tells what is missing before the global event `end`; nothing missing, no event.
void Subscription::AddGlobalGap(std::string_view why, Sequence end, Delivery* out) {
  if (end <= expected_) {
    return;
  }
  if (spec_.WantsGlobal() && spec_.ends_at_gap) {
    EndAtGap(fmt::format("events {} to {} of the order", expected_.value(), end.value() - 1), why);
    return;
  }
  const Sequence from = std::exchange(expected_, end);
  if (spec_.WantsGlobal()) {
    proto::Event event = Gap(why);
    AddCount("from", from.value(), &event);
    AddCount("to", end.value() - 1, &event);
    AddOwn(std::move(event), out);
  }
}

// The same before the local event `end`.
void Subscription::AddLocalGap(std::string_view why, LocalNumber end, Delivery* out) {
  if (end <= expected_local_) {
    return;
  }
  if (spec_.WantsLocal() && spec_.ends_at_gap) {
    EndAtGap(fmt::format("{} local events", end.value() - expected_local_.value()), why);
    return;
  }
  const LocalNumber from = std::exchange(expected_local_, end);
  if (spec_.WantsLocal()) {
    proto::Event event = Gap(why);
    AddCount("locals", end.value() - from.value(), &event);
    AddOwn(std::move(event), out);
  }
}

void Subscription::EndAtGap(std::string_view what, std::string_view why) {
  ended_ = absl::OutOfRangeError(
      fmt::format("{} cannot be delivered ({}), and the subscription is to end there", what, why));
}

void Subscription::AddOwn(proto::Event event, Delivery* out) {
  event.set_id(fmt::format("{}-{}", name_, ++own_events_));
  event.set_source(fmt::format("/{}", options_->node));
  event.set_time_us(options_->now_us());
  event.set_scope(proto::SCOPE_LOCAL);
  event.set_node(options_->node);
  event.set_incarnation(options_->incarnation.value());
  Add(event.SerializeAsString(), out);
}

void Subscription::Add(std::string_view encoded, Delivery* out) {
  if (spec_.window > 0) {
    unconfirmed_.push_back(place());
  }
  pulled_bytes_ += encoded.size();
  ++delivered_;
  out->Add(encoded);
}

}  // namespace peal::server
