// Subscriptions.
#include <array>

#include "client/c/event.h"
#include "client/c/handle.h"
#include "client/c/options.h"
#include "core/base/status_macros.h"

namespace peal::c {
namespace {

using std::chrono::milliseconds;
using From = SubscribeOptions::From;
using Gaps = SubscribeOptions::Gaps;

// The values of an enumeration, by the numbers that they have in peal.h.
template <typename Enum, size_t Count>
Result<Enum> ToEnum(const std::array<Enum, Count>& values, const char* names, int number) {
  if (number < 0 || static_cast<size_t>(number) >= Count) {
    return Invalid(fmt::format("no {} has the number {}", names, number));
  }
  return values[static_cast<size_t>(number)];
}

constexpr std::array kScopes = {SubscribeScope::kAll, SubscribeScope::kGlobal,
                                SubscribeScope::kLocal};
constexpr std::array kFroms = {From::kNew, From::kFirst, From::kSequence, From::kTime};
constexpr std::array kConfirms = {SubscribeOptions::Confirm::kWhenHandled,
                                  SubscribeOptions::Confirm::kByProgram};
constexpr std::array kGaps = {Gaps::kTell, Gaps::kEnd};

Result<std::vector<std::string>> ToTypes(const char* const* types, size_t count) {
  std::vector<std::string> all;
  for (size_t i = 0; i < count; ++i) {
    if (types == nullptr || types[i] == nullptr) {
      return Invalid(fmt::format("of {} types number {} is a null pointer", count, i + 1));
    }
    all.emplace_back(types[i]);
  }
  return all;
}

Result<SubscribeOptions> ToOptions(peal_t* peal, const peal_subscribe_options& read, void* user) {
  SubscribeOptions options;
  PEAL_ASSIGN_OR_RETURN(options.types, ToTypes(read.types, read.type_count));
  options.where = OrEmpty(read.where);
  PEAL_ASSIGN_OR_RETURN(options.scope, ToEnum(kScopes, "PEAL_SUBSCRIBE_*", read.scope));
  PEAL_ASSIGN_OR_RETURN(options.from, ToEnum(kFroms, "PEAL_FROM_*", read.from));
  options.from_sequence = read.from_sequence;
  options.from_time = {read.from_time_us};
  options.durable = OrEmpty(read.durable);
  options.window = read.window;
  PEAL_ASSIGN_OR_RETURN(options.confirm, ToEnum(kConfirms, "PEAL_CONFIRM_*", read.confirm));
  PEAL_ASSIGN_OR_RETURN(options.gaps, ToEnum(kGaps, "PEAL_GAPS_*", read.gaps));
  options.on_end = ToStatusCallback(peal, read.on_end, user);
  return options;
}

struct Subscribing {
  SubscribeOptions options;
  milliseconds timeout;
  EventCallback on_event;
};

Result<Subscribing> ToSubscribing(peal_t* peal, const peal_subscribe_options* given,
                                  peal_event_callback_t callback, void* user) {
  if (callback == nullptr) {
    return Invalid("no callback for the events of the subscription");
  }
  PEAL_ASSIGN_OR_RETURN(const peal_subscribe_options read, ReadOptions(given));
  Subscribing subscribing;
  PEAL_ASSIGN_OR_RETURN(subscribing.timeout, TimeoutOfOptions(read.timeout_ms));
  PEAL_ASSIGN_OR_RETURN(subscribing.options, ToOptions(peal, read, user));
  subscribing.on_event = [peal, callback, user](Event event) {
    const peal_event c_event{std::move(event), false};
    Call(peal, callback, &c_event, user);
  };
  return subscribing;
}

// `subscription` is told before the first event: its callback may want to confirm.
Status Subscribe(peal_t* peal, const Subscribing& asked, StatusCallback done,
                 peal_subscription_t* subscription) {
  PEAL_ASSIGN_OR_RETURN(
      const SubscriptionId id,
      peal->client->SubscribeAsync(asked.options, asked.on_event, std::move(done), asked.timeout));
  if (subscription != nullptr) {
    *subscription = id.request;
  }
  return {};
}

Status SubscribeAndWait(peal_t* peal, const Subscribing& asked, peal_subscription_t* subscription) {
  PEAL_RETURN_IF_ERROR(MayWait(peal));
  peal->answered.reset();
  const auto keep = [peal, number = ++peal->waited_for](const Status& status) {
    if (number == peal->waited_for) {
      peal->answered = status;
    }
  };
  PEAL_RETURN_IF_ERROR(Subscribe(peal, asked, keep, subscription));
  // There is an answer in time, and also when the connection ends for good.
  Status dispatched;
  while (dispatched.ok() && !peal->answered) {
    dispatched = peal->client->Dispatch(asked.timeout);
  }
  return peal->answered ? *peal->answered : dispatched;
}

}  // namespace
}  // namespace peal::c

using peal::Status;
using peal::c::Guarded;

peal_error_t peal_subscribe(peal_t* peal, const struct peal_subscribe_options* options,
                            peal_event_callback_t on_event, void* user,
                            peal_subscription_t* subscription) noexcept {
  return Guarded(peal, [&]() -> Status {
    PEAL_ASSIGN_OR_RETURN(const auto asked, peal::c::ToSubscribing(peal, options, on_event, user));
    return peal::c::SubscribeAndWait(peal, asked, subscription);
  });
}

// NOLINTNEXTLINE(readability-function-size): what peal_subscribe() has, and who is told.
peal_error_t peal_subscribe_async(peal_t* peal, const struct peal_subscribe_options* options,
                                  peal_event_callback_t on_event, peal_done_callback_t done,
                                  void* user, peal_subscription_t* subscription) noexcept {
  return Guarded(peal, [&]() -> Status {
    PEAL_ASSIGN_OR_RETURN(const auto asked, peal::c::ToSubscribing(peal, options, on_event, user));
    return peal::c::Subscribe(peal, asked, peal::c::ToStatusCallback(peal, done, user),
                              subscription);
  });
}

peal_error_t peal_unsubscribe(peal_t* peal, peal_subscription_t subscription) noexcept {
  return Guarded(peal, [&] { return peal->client->Unsubscribe({subscription}); });
}

peal_error_t peal_confirm(peal_t* peal, peal_subscription_t subscription) noexcept {
  return Guarded(peal, [&] { return peal->client->Confirm({subscription}); });
}

peal_error_t peal_remove_durable(peal_t* peal, const char* name, int timeout_ms) noexcept {
  return Guarded(peal, [&]() -> Status {
    if (name == nullptr) {
      return peal::c::Invalid("no name of a durable subscription");
    }
    PEAL_ASSIGN_OR_RETURN(const auto timeout, peal::c::Timeout(timeout_ms));
    return peal->client->RemoveDurable(name, timeout);
  });
}
