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
                           std::string name)
    : spec_(std::move(spec)), feed_(feed), options_(options), name_(std::move(name)) {
  switch (spec_.from) {
    case proto::Subscribe::FIRST:
      position_ = feed_->first();
      expected_ = Sequence(1);
      break;
    case proto::Subscribe::SEQUENCE:
      expected_ = std::max(spec_.from_sequence, Sequence(1));
      position_ = expected_ < feed_->held_from() ? feed_->first() : feed_->PositionOf(expected_);
      locals_passed_ = feed_->LocalsBefore(position_);
      break;
    default:
      position_ = feed_->end();
      expected_ = feed_->last_global().Next();
      locals_passed_ = feed_->LocalsBefore(position_);
  }
  live_due_ = spec_.from != proto::Subscribe::NEW && NamesLive(spec_);
  live_at_ = feed_->end();
}

bool Subscription::WantsHistory() const {
  return spec_.WantsGlobal() && expected_ < feed_->held_from();
}

bool Subscription::HasMore() const {
  return WantsHistory() ? !reading_ : !started_ || position_ < feed_->end();
}

std::optional<Sequence> Subscription::TakeHistoryWish() {
  if (!WantsHistory() || reading_) {
    return std::nullopt;
  }
  reading_ = true;
  return expected_;
}

void Subscription::TakeHistory(absl::StatusOr<std::vector<AppliedEvent>> events, Sequence first,
                               proto::Deliver* out) {
  if (!reading_) {
    return;  // The answer to a wish of another subscription, which had this one's number before.
  }
  reading_ = false;
  const Sequence before = expected_;
  if (events.ok()) {
    for (AppliedEvent& applied : *events) {
      if (const absl::StatusOr<GlobalEvent> event = Stamped(std::move(applied)); event.ok()) {
        PassGlobal(event->globalseq, event->type, event->encoded, out);
      }
    }
  } else if (absl::IsNotFound(events.status()) && first > expected_) {
    AddGap("trimmed", std::min(first, feed_->held_from()), 0, out);
  }
  if (expected_ == before && WantsHistory()) {
    // It does not get on there; what memory has is next.
    AddGap(absl::IsNotFound(events.status()) ? "trimmed" : "damaged", feed_->held_from(), 0, out);
  }
}

void Subscription::Pull(size_t bytes_max, proto::Deliver* out) {
  pulled_bytes_ = 0;
  if (WantsHistory()) {
    return;
  }
  SkipTrimmed(out);
  for (size_t i = 0; i < kPullItemsMax; ++i) {
    AddLiveIfDue(out);
    if (position_ == feed_->end() || pulled_bytes_ >= bytes_max) {
      break;
    }
    Pass(feed_->At(position_), out);
    position_ = position_.Next();
  }
}

// The first pull finds what was gone before the subscription came, later ones what it was too slow
// for: local events only, since the global ones are in the journal.
void Subscription::SkipTrimmed(proto::Deliver* out) {
  const bool trimmed = position_ < feed_->first();
  if (!std::exchange(started_, true) || trimmed) {
    position_ = std::max(position_, feed_->first());
    const uint64_t locals = feed_->LocalsBefore(position_);
    AddGap("trimmed", feed_->held_from(), locals - locals_passed_, out);
    locals_passed_ = locals;
  }
}

void Subscription::Pass(const FeedItem& item, proto::Deliver* out) {
  if (!item.local()) {
    PassGlobal(item.globalseq, item.type, item.encoded, out);
    return;
  }
  ++locals_passed_;
  if (spec_.WantsLocal() && spec_.WantsType(item.type)) {
    Add(item.encoded, out);
  }
}

void Subscription::PassGlobal(Sequence globalseq, std::string_view type, const std::string& encoded,
                              proto::Deliver* out) {
  if (globalseq < expected_) {
    return;
  }
  AddGap("trimmed", globalseq, 0, out);
  expected_ = globalseq.Next();
  if (spec_.WantsGlobal() && spec_.WantsType(type)) {
    Add(encoded, out);
  }
}

uint64_t Subscription::lag() const {
  const FeedPosition next = std::max(position_, feed_->first());
  const uint64_t in_journal = WantsHistory() ? feed_->held_from().value() - expected_.value() : 0;
  return in_journal + feed_->end().value() - next.value();
}

void Subscription::AddLiveIfDue(proto::Deliver* out) {
  if (!live_due_ || position_ < live_at_) {
    return;
  }
  live_due_ = false;
  proto::Event event;
  event.set_type("peal.live");
  AddOwn(std::move(event), out);
}

// Tells what is missing before the global event `end`, and how many local ones; nothing missing, no
// event.
void Subscription::AddGap(std::string_view why, Sequence end, uint64_t locals,
                          proto::Deliver* out) {
  const Sequence from = expected_;
  const bool behind = from < end;
  if (behind) {
    expected_ = end;
  }
  const bool globals_missed = behind && spec_.WantsGlobal();
  const bool locals_missed = spec_.WantsLocal() && locals > 0;
  if (!globals_missed && !locals_missed) {
    return;
  }
  // Attributes are sorted by name (event.proto).
  proto::Event event;
  event.set_type("peal.gap");
  proto::Attribute* const cause = event.add_attributes();
  cause->set_name("cause");
  cause->mutable_value()->set_text(std::string(why));
  if (globals_missed) {
    AddAttribute("from", from.value(), &event);
  }
  if (locals_missed) {
    AddAttribute("locals", locals, &event);
  }
  if (globals_missed) {
    AddAttribute("to", end.value() - 1, &event);
  }
  AddOwn(std::move(event), out);
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
