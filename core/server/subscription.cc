#include "core/server/subscription.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "core/base/status_macros.h"
#include "core/base/wall_clock.h"
#include "fmt/format.h"

namespace peal::server {
namespace {

bool NamesLive(const SubscriptionSpec& spec) {
  return std::any_of(spec.types.begin(), spec.types.end(), [](const filter::TypeGlob& glob) {
    return glob.text() == "peal.live" || glob.text() == "peal.*";
  });
}

void AddAttribute(std::string_view name, uint64_t value, proto::Event* event) {
  proto::Attribute* const attribute = event->add_attributes();
  attribute->set_name(std::string(name));
  attribute->mutable_value()->set_integer(static_cast<int64_t>(value));
}

// Further attributes are added in the order of their names (event.proto).
proto::Event Gap(std::string_view why) {
  proto::Event event;
  event.set_type("peal.gap");
  proto::Attribute* const cause = event.add_attributes();
  cause->set_name("cause");
  cause->mutable_value()->set_text(std::string(why));
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
      !proto::Subscribe::From_IsValid(request.from())) {
    return absl::InvalidArgumentError("unknown scope or start of a subscription");
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

bool Subscription::HasMore() const {
  if (following_) {
    return !offered_.empty();
  }
  return Wish() ? !reading_ : Behind() || position_ < feed_->end() || LiveIsDue();
}

void Subscription::Pull(size_t bytes_max, proto::Deliver* out) {
  pulled_bytes_ = 0;
  if (following_) {
    PullOffered(bytes_max, out);
    return;
  }
  position_ = std::max(position_, feed_->first());
  size_t left = kPullItemsMax;
  for (; Behind() && !Wish() && left > 0 && pulled_bytes_ < bytes_max; --left) {
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
    if (position_ == feed_->end() || pulled_bytes_ >= bytes_max) {
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

void Subscription::PullOffered(size_t bytes_max, proto::Deliver* out) {
  while (!offered_.empty() && pulled_bytes_ < bytes_max) {
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

void Subscription::PassHeld(proto::Deliver* out) {
  const FeedItem& item = feed_->At(position_);
  position_ = position_.Next();
  Pass(item, false, out);
}

void Subscription::Pass(const FeedItem& item, bool wanted, proto::Deliver* out) {
  if (item.local()) {
    PassLocal(item.local_through, item.type, item.encoded, wanted, out);
  } else {
    PassGlobal(item.globalseq, item.type, item.encoded, wanted, out);
  }
}

void Subscription::PassGlobal(Sequence globalseq, std::string_view type, const std::string& encoded,
                              bool wanted, proto::Deliver* out) {
  if (globalseq < expected_) {
    return;
  }
  AddGlobalGap("trimmed", globalseq, out);
  expected_ = globalseq.Next();
  if (spec_.WantsGlobal() && (wanted || filter_.Passes(type, encoded))) {
    Add(encoded, out);
  }
}

void Subscription::PassLocal(LocalNumber number, std::string_view type, const std::string& encoded,
                             bool wanted, proto::Deliver* out) {
  if (!spec_.WantsLocal() || number < expected_local_) {
    return;
  }
  AddLocalGap("trimmed", number, out);
  expected_local_ = number.Next();
  if (wanted || filter_.Passes(type, encoded)) {
    Add(encoded, out);
  }
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

void Subscription::AddLive(proto::Deliver* out) {
  live_due_ = false;
  proto::Event event;
  event.set_type("peal.live");
  AddOwn(std::move(event), out);
}

// Tells what is missing before the global event `end`; nothing missing, no event.
void Subscription::AddGlobalGap(std::string_view why, Sequence end, proto::Deliver* out) {
  if (end <= expected_) {
    return;
  }
  const Sequence from = std::exchange(expected_, end);
  if (spec_.WantsGlobal()) {
    proto::Event event = Gap(why);
    AddAttribute("from", from.value(), &event);
    AddAttribute("to", end.value() - 1, &event);
    AddOwn(std::move(event), out);
  }
}

// The same before the local event `end`.
void Subscription::AddLocalGap(std::string_view why, LocalNumber end, proto::Deliver* out) {
  if (end <= expected_local_) {
    return;
  }
  const LocalNumber from = std::exchange(expected_local_, end);
  if (spec_.WantsLocal()) {
    proto::Event event = Gap(why);
    AddAttribute("locals", end.value() - from.value(), &event);
    AddOwn(std::move(event), out);
  }
}

void Subscription::AddOwn(proto::Event event, proto::Deliver* out) {
  event.set_id(fmt::format("{}-{}", name_, ++own_events_));
  event.set_source(fmt::format("/{}", options_->node));
  event.set_time_us(base::UnixTimeUs());
  event.set_scope(proto::SCOPE_LOCAL);
  event.set_node(options_->node);
  event.set_incarnation(options_->incarnation.value());
  Add(event.SerializeAsString(), out);
}

void Subscription::Add(std::string encoded, proto::Deliver* out) {
  pulled_bytes_ += encoded.size();
  ++delivered_;
  out->add_events(std::move(encoded));
}

}  // namespace peal::server
