// A session's subscriptions: how they begin, what their clients are done with, how they end.
//
// What one asks for may have to be told to other daemons first, and where it begins be found: a
// time in the journal, the place of a durable subscription in the order. Until then it is opening;
// the client's number is taken already.
#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "core/base/status_macros.h"
#include "core/server/session.h"
#include "core/server/status_code.h"
#include "core/server/time_search.h"
#include "fmt/format.h"

namespace peal::server {
namespace {

constexpr size_t kDurableNameBytesMax = 128;

absl::Status CheckDurableName(std::string_view name) {
  const bool printable =
      std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (name.empty() || name.size() > kDurableNameBytesMax || !printable) {
    return absl::InvalidArgumentError(fmt::format(
        "the name of a durable subscription has 1 to {} letters, digits and signs of ASCII, and no "
        "spaces",
        kDurableNameBytesMax));
  }
  return absl::OkStatus();
}

// As far as both have everything.
proto::Place PlaceOfSequence(Sequence from) {
  proto::Place place;
  place.set_global(from.value() == 0 ? 0 : from.value() - 1);
  return place;
}

}  // namespace

absl::Status Session::Handle(const proto::Subscribe& request) {
  absl::StatusOr<Opening> opening = MakeOpening(request);
  if (!opening.ok()) {
    AnswerSubscribe(request.request(), opening.status(), nullptr);
    return absl::OkStatus();
  }
  openings_.emplace(request.request(), *std::move(opening));
  Ask(request.request());
  return absl::OkStatus();
}

void Session::Find(uint64_t request) {
  const Opening& opening = openings_.at(request);
  if (opening.spec.from != proto::Subscribe::TIME) {
    Hold(request);
    return;
  }
  FindSince(context_.history, opening.from_time_us, context_.order->applied(),
            [host = context_.host, id = id_, request,
             serial = opening.serial](const absl::StatusOr<Sequence>& found) {
              Session* const session = host->FindSession(id);
              if (session != nullptr && session->IsOpening(request, serial)) {
                session->OnTimeFound(request, found);
              }
            });
}

absl::StatusOr<Session::Opening> Session::MakeOpening(const proto::Subscribe& request) {
  if (subscriptions_.contains(request.request()) || openings_.contains(request.request())) {
    return absl::InvalidArgumentError(
        fmt::format("this session has a subscription {} already", request.request()));
  }
  if (subscriptions_.size() + openings_.size() >= kSubscriptionsMax) {
    return absl::ResourceExhaustedError(
        fmt::format("this session has {} subscriptions, which is the limit", kSubscriptionsMax));
  }
  PEAL_ASSIGN_OR_RETURN(SubscriptionSpec spec, ParseSubscribe(request));
  PEAL_RETURN_IF_ERROR(MaySubscribe(spec));
  spec.from_place = context_.places->FromProto(request.place());
  if (!request.durable().empty()) {
    PEAL_RETURN_IF_ERROR(CheckDurableName(request.durable()));
    if (spec.window == 0) {
      return absl::InvalidArgumentError("a durable subscription needs a window");
    }
  }
  PEAL_ASSIGN_OR_RETURN(Fanout::Filter filter, context_.fanout->Keep(spec.types, spec.where));
  return Opening{std::move(spec), std::move(filter),      request.durable(),
                 request.place(), request.from_time_us(), ++last_opening_};
}

bool Session::IsOpening(uint64_t request, uint64_t serial) const {
  const auto found = openings_.find(request);
  return state_ == State::kServing && found != openings_.end() && found->second.serial == serial;
}

void Session::FailOpening(uint64_t request, const absl::Status& status) {
  openings_.erase(request);
  AnswerSubscribe(request, status, nullptr);
  context_.host->OnSubscriptionsChanged();
}

void Session::OnTimeFound(uint64_t request, const absl::StatusOr<Sequence>& found) {
  if (!found.ok()) {
    FailOpening(request, found.status());
    return;
  }
  SubscriptionSpec& spec = openings_.at(request).spec;
  spec.from = proto::Subscribe::SEQUENCE;
  spec.from_sequence = *found;
  Hold(request);
}

// Takes the durable subscription of the one that opens; without a name it begins.
void Session::Hold(uint64_t request) {
  const Opening& opening = openings_.at(request);
  if (opening.durable.empty()) {
    Begin(request, std::nullopt);
    return;
  }
  DurableHolds::Request hold{.name = opening.durable, .owner = peer_.uid};
  if (opening.spec.from == proto::Subscribe::PLACE) {
    hold.begin = opening.place;
  } else if (opening.spec.from != proto::Subscribe::NEW) {
    hold.begin = PlaceOfSequence(opening.spec.from_sequence);
  }
  context_.holds->Take(hold,
                       [host = context_.host, holds = context_.holds, id = id_, request,
                        serial = opening.serial](const absl::StatusOr<DurableHolds::Held>& held) {
                         Session* const session = host->FindSession(id);
                         if (session != nullptr && session->IsOpening(request, serial)) {
                           session->OnHeld(request, held);
                         } else if (held.ok()) {
                           holds->Let(held->number);
                         }
                       });
}

void Session::OnHeld(uint64_t request, const absl::StatusOr<DurableHolds::Held>& held) {
  if (!held.ok()) {
    FailOpening(request, Logged(held.status()));
    return;
  }
  SubscriptionSpec& spec = openings_.at(request).spec;
  Place place = context_.places->FromProto(held->place);
  if (spec.from == proto::Subscribe::PLACE) {
    // What the client has got is not sent again, though the order may not know yet.
    place.global = std::max(place.global, spec.from_place.global);
    place.local = std::max(place.local, spec.from_place.local);
  }
  spec.from = proto::Subscribe::PLACE;
  spec.from_place = place;
  Begin(request, held->number);
  context_.holds->Watch(
      held->number,
      {.confirmed_place = [this, request] { return ConfirmedPlace(request); },
       .on_lost = [this, request](const absl::Status& why) { EndSubscription(request, why); }});
}

void Session::Begin(uint64_t request, std::optional<HoldNumber> hold) {
  const auto opening = openings_.find(request);
  const ServerOptions& options = *context_.options;
  std::string name =
      fmt::format("{}-{}-{}.{}", options.node, options.incarnation.value(), id_.value(), request);
  const auto [at, added] = subscriptions_.try_emplace(
      request, std::move(opening->second.spec), std::move(opening->second.filter), context_.options,
      std::move(name), [this, request] { Wake(request); });
  if (hold) {
    held_.emplace(request, Held{*hold, opening->second.durable});
  }
  openings_.erase(opening);
  AnswerSubscribe(request, absl::OkStatus(), &at->second);
  context_.host->OnSubscriptionsChanged();
  Wake(request);
}

void Session::AnswerSubscribe(uint64_t request, const absl::Status& status,
                              const Subscription* subscription) {
  proto::ServerFrame frame;
  proto::SubscribeResult* const result = frame.mutable_subscribed();
  result->set_request(request);
  result->set_code(CodeOf(status));
  result->set_message(std::string(status.message()));
  if (subscription != nullptr) {
    *result->mutable_place() = context_.places->ToProto(subscription->place());
  }
  Send(frame);
}

// What was shown and is not durable may be lost with this daemon, and is not there to be gone on
// from.
proto::Place Session::ConfirmedPlace(uint64_t request) const {
  Place place = subscriptions_.at(request).confirmed_place();
  if (place.local) {
    place.local = std::min(*place.local, context_.local_log->durable());
  }
  return context_.places->ToProto(place);
}

std::string Session::durable_name(uint64_t request) const {
  const auto held = held_.find(request);
  return held == held_.end() ? "" : held->second.name;
}

absl::Status Session::Handle(const proto::Confirm& request) {
  const auto found = subscriptions_.find(request.request());
  if (found == subscriptions_.end()) {
    return absl::OkStatus();  // It has ended, which its client may not know yet.
  }
  PEAL_RETURN_IF_ERROR(found->second.Confirm(request.delivered()));
  context_.holds->Touch();
  Wake(request.request());
  return absl::OkStatus();
}

absl::Status Session::Handle(const proto::Unsubscribe& request) {
  const bool opened = openings_.erase(request.request()) > 0;
  LetHold(request.request(), /*answer=*/true);
  if (subscriptions_.erase(request.request()) > 0 || opened) {
    context_.host->OnSubscriptionsChanged();
  }
  return absl::OkStatus();
}

// The place that its client has confirmed goes into the order; with `answer` the client hears of
// it.
void Session::LetHold(uint64_t request, bool answer) {
  const auto held = held_.find(request);
  if (held == held_.end()) {
    return;
  }
  const HoldNumber number = held->second.number;
  held_.erase(held);
  if (!answer) {
    context_.holds->Let(number);
    return;
  }
  context_.holds->Let(number,
                      [host = context_.host, id = id_, request](const absl::Status& status) {
                        if (Session* const session = host->FindSession(id)) {
                          session->SendEnded(request, status);
                        }
                      });
}

// By the daemon's word, which may be the subscription's own: it goes last.
void Session::EndSubscription(uint64_t request, const absl::Status& why) {
  SendEnded(request, why);
  held_.erase(request);
  subscriptions_.erase(request);
  context_.host->OnSubscriptionsChanged();
}

void Session::SendEnded(uint64_t request, const absl::Status& why) {
  proto::ServerFrame frame;
  proto::SubscriptionEnded* const ended = frame.mutable_subscription_ended();
  ended->set_request(request);
  ended->set_code(CodeOf(why));
  ended->set_message(std::string(why.message()));
  Send(frame);
}

absl::Status Session::Handle(const proto::RemoveDurable& request) {
  const absl::Status unknown =
      absl::NotFoundError(fmt::format("there is no durable subscription '{}'", request.name()));
  const std::optional<DurablePlace> known = context_.order->FindDurable(request.name());
  if (!known) {
    AnswerRemove(request.request(), unknown);
    return absl::OkStatus();
  }
  if (const absl::Status permission = MayForget(*known); !permission.ok()) {
    AnswerRemove(request.request(), permission);
    return absl::OkStatus();
  }
  proto::CursorChange change;
  change.set_name(request.name());
  change.set_kind(proto::CursorChange::REMOVE);
  change.set_owner(known->owner);
  context_.intake->ChangeDurable(
      change, std::chrono::milliseconds(request.timeout_ms()),
      [host = context_.host, id = id_, number = request.request(), unknown](const Answer& answer) {
        if (Session* const session = host->FindSession(id)) {
          // Another one may have been quicker.
          session->AnswerRemove(number, absl::IsAborted(answer.status) ? unknown : answer.status);
        }
      });
  return absl::OkStatus();
}

void Session::AnswerRemove(uint64_t request, const absl::Status& status) {
  proto::ServerFrame frame;
  proto::RemoveDurableReply* const reply = frame.mutable_removed();
  reply->set_request(request);
  reply->set_code(CodeOf(status));
  reply->set_message(std::string(status.message()));
  Send(frame);
}

}  // namespace peal::server
