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

bool SubscriptionSpec::WantsType(std::string_view type) const {
  return types.empty() || std::any_of(types.begin(), types.end(),
                                      [type](const auto& glob) { return glob.Matches(type); });
}

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
  if (!request.where().empty()) {
    PEAL_ASSIGN_OR_RETURN(spec.where, filter::ParseFilter(request.where()));
  }
  for (const std::string& text : request.types()) {
    PEAL_ASSIGN_OR_RETURN(filter::TypeGlob glob, filter::TypeGlob::Parse(text));
    spec.types.push_back(std::move(glob));
  }
  spec.scope = request.scope();
  spec.from = request.from();
  spec.from_sequence = Sequence(request.from_sequence());
  return spec;
}

Subscription::Subscription(SubscriptionSpec spec, const Feed* feed, const ServerOptions* options,
                           filter::Matcher* matcher, std::string name)
    : spec_(std::move(spec)),
      feed_(feed),
      options_(options),
      matcher_(matcher),
      name_(std::move(name)) {
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
  return Wish() ? !reading_ : Behind() || position_ < feed_->end() || LiveIsDue();
}

void Subscription::Pull(size_t bytes_max, proto::Deliver* out) {
  pulled_bytes_ = 0;
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
}

void Subscription::PassHeld(proto::Deliver* out) {
  const FeedItem& item = feed_->At(position_);
  position_ = position_.Next();
  if (item.local()) {
    PassLocal(item.local_through, item.type, item.encoded, out);
  } else {
    PassGlobal(item.globalseq, item.type, item.encoded, out);
  }
}

void Subscription::PassGlobal(Sequence globalseq, std::string_view type, const std::string& encoded,
                              proto::Deliver* out) {
  if (globalseq < expected_) {
    return;
  }
  AddGlobalGap("trimmed", globalseq, out);
  expected_ = globalseq.Next();
  if (spec_.WantsGlobal() && Wants(type, encoded)) {
    Add(encoded, out);
  }
}

void Subscription::PassLocal(LocalNumber number, std::string_view type, const std::string& encoded,
                             proto::Deliver* out) {
  if (!spec_.WantsLocal() || number < expected_local_) {
    return;
  }
  AddLocalGap("trimmed", number, out);
  expected_local_ = number.Next();
  if (Wants(type, encoded)) {
    Add(encoded, out);
  }
}

bool Subscription::Wants(std::string_view type, std::string_view encoded) const {
  return spec_.WantsType(type) && (!spec_.where || matcher_->Passes(*spec_.where, encoded));
}

uint64_t Subscription::lag() const {
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
