#include "client/subscriptions.h"

#include "client/session_convert.h"
#include "core/base/check.h"

namespace peal::client {
namespace {

bool ConfirmedByProgram(const SubscribeOptions& options) {
  return options.confirm == SubscribeOptions::Confirm::kByProgram;
}

}  // namespace

// What the program has of a durable one and did not confirm is delivered again, and only the
// cluster can tell from where.
const proto::Place* Subscription::PlaceToResume() const {
  const bool redelivers = !options.durable.empty() && confirmed < handed_out;
  return place && !redelivers ? &*place : nullptr;
}

bool Subscription::CanResume() const {
  return place.has_value() || !options.durable.empty();
}

void Subscriptions::Add(uint64_t request, const SubscribeOptions& options, EventCallback on_event) {
  Subscription subscription{.options = options, .on_event = std::move(on_event)};
  const bool added = by_request_.emplace(request, std::move(subscription)).second;
  PEAL_CHECK(added);
}

Subscription* Subscriptions::Find(uint64_t request) {
  const auto found = by_request_.find(request);
  return found == by_request_.end() ? nullptr : &found->second;
}

Subscription* Subscriptions::Get(uint64_t request) {
  Subscription* const subscription = Find(request);
  PEAL_CHECK(subscription != nullptr);
  return subscription;
}

bool Subscriptions::Remove(uint64_t request) {
  auto node = by_request_.extract(request);
  to_confirm_.erase(request);
  if (node.empty()) {
    return false;
  }
  removed_.push_back(std::move(node));
  return true;
}

std::vector<std::pair<uint64_t, StatusCallback>> Subscriptions::RemoveAll() {
  std::vector<std::pair<uint64_t, StatusCallback>> ended;
  for (auto& [request, subscription] : by_request_) {
    ended.emplace_back(request, std::move(subscription.options.on_end));
  }
  for (const auto& [request, on_end] : ended) {
    Remove(request);
  }
  return ended;
}

void Subscriptions::OnSubscribed(uint64_t request, std::optional<proto::Place> place) {
  Subscription* const subscription = Get(request);
  PEAL_CHECK(subscription->state == Subscription::State::kStarting ||
             subscription->state == Subscription::State::kResuming);
  subscription->state = Subscription::State::kRunning;
  subscription->place = std::move(place);
}

void Subscriptions::OnHandled(uint64_t request) {
  Subscription* const subscription = Find(request);
  if (subscription == nullptr) {
    return;  // Its callback has ended it.
  }
  if (!ConfirmedByProgram(subscription->options)) {
    OnConfirmed(request);
  }
}

void Subscriptions::OnMoved(uint64_t request, std::optional<proto::Place> place) {
  if (Subscription* const subscription = Find(request); subscription != nullptr) {
    subscription->place = std::move(place);
  }
}

void Subscriptions::OnConfirmed(uint64_t request) {
  Subscription* const subscription = Get(request);
  subscription->confirmed = subscription->handed_out;
  const bool running = subscription->state == Subscription::State::kRunning;
  if (running && WindowOf(subscription->options) > 0 &&
      subscription->confirmed > subscription->confirm_sent) {
    to_confirm_.insert(request);
  }
}

std::vector<std::pair<uint64_t, StatusCallback>> Subscriptions::OnConnectionLost() {
  std::vector<std::pair<uint64_t, StatusCallback>> ended;
  for (auto& [request, subscription] : by_request_) {
    if (!subscription.CanResume()) {
      ended.emplace_back(request, std::move(subscription.options.on_end));
      continue;
    }
    subscription.state = Subscription::State::kAway;
  }
  for (const auto& [request, on_end] : ended) {
    Remove(request);
  }
  to_confirm_.clear();
  return ended;
}

std::vector<uint64_t> Subscriptions::Away() const {
  std::vector<uint64_t> away;
  for (const auto& [request, subscription] : by_request_) {
    if (subscription.state == Subscription::State::kAway) {
      away.push_back(request);
    }
  }
  return away;
}

void Subscriptions::OnSentAgain(uint64_t request) {
  Subscription* const subscription = Get(request);
  PEAL_CHECK(subscription->state == Subscription::State::kAway);
  subscription->state = Subscription::State::kResuming;
  if (subscription->PlaceToResume() == nullptr) {
    subscription->place.reset();  // Also if this try comes to nothing.
  }
  subscription->handed_out = 0;
  subscription->confirmed = 0;
  subscription->confirm_sent = 0;
}

void Subscriptions::OnRefused(uint64_t request) {
  Subscription* const subscription = Get(request);
  PEAL_CHECK(subscription->state == Subscription::State::kResuming);
  subscription->state = Subscription::State::kAway;
}

std::vector<Subscriptions::Confirmation> Subscriptions::TakeConfirmations() {
  std::vector<Confirmation> taken;
  for (const uint64_t request : std::exchange(to_confirm_, {})) {
    Subscription* const subscription = Get(request);
    subscription->confirm_sent = subscription->confirmed;
    taken.push_back({request, subscription->confirmed});
  }
  return taken;
}

}  // namespace peal::client
