// The requests that wait, made of those that do not.
#include "peal/client.h"

#include <limits>
#include <optional>
#include <utility>

#include "core/base/check.h"
#include "core/base/status_macros.h"

namespace peal {
namespace {

using std::chrono::milliseconds;

// Dispatches until there is an answer. It comes: every request has an end in time, and when the
// connection ends for good every request is told so first.
template <typename Answer>
void Await(Client* client, milliseconds timeout, const std::optional<Answer>& answer) {
  Status dispatched;
  while (dispatched.ok() && !answer) {
    dispatched = client->Dispatch(timeout);
  }
  PEAL_CHECK(answer.has_value());
}

}  // namespace

Client::Client() = default;
Client::~Client() = default;

Status Client::Dispatch(milliseconds timeout) {
  return DispatchAtMost(timeout, std::numeric_limits<size_t>::max());
}

Result<SubscriptionId> Client::Subscribe(const SubscribeOptions& options, EventCallback on_event,
                                         milliseconds timeout) {
  PEAL_RETURN_IF_ERROR(MayWait());
  std::optional<Status> answer;
  PEAL_ASSIGN_OR_RETURN(
      const SubscriptionId subscription,
      SubscribeAsync(
          options, std::move(on_event), [&](const Status& status) { answer = status; }, timeout));
  Await(this, timeout, answer);
  PEAL_RETURN_IF_ERROR(*answer);
  return subscription;
}

Status Client::RemoveDurable(const std::string& name, milliseconds timeout) {
  PEAL_RETURN_IF_ERROR(MayWait());
  std::optional<Status> answer;
  PEAL_RETURN_IF_ERROR(RemoveDurableAsync(
      name, [&](const Status& status) { answer = status; }, timeout));
  Await(this, timeout, answer);
  return *std::move(answer);
}

Result<DaemonStatus> Client::GetStatus(milliseconds timeout) {
  PEAL_RETURN_IF_ERROR(MayWait());
  std::optional<Result<DaemonStatus>> answer;
  PEAL_RETURN_IF_ERROR(
      GetStatusAsync([&](Result<DaemonStatus> status) { answer = std::move(status); }, timeout));
  Await(this, timeout, answer);
  return *std::move(answer);
}

Result<Listing> Client::List(ListWhat what, milliseconds timeout) {
  PEAL_RETURN_IF_ERROR(MayWait());
  std::optional<Result<Listing>> answer;
  PEAL_RETURN_IF_ERROR(ListAsync(
      what, [&](Result<Listing> listing) { answer = std::move(listing); }, timeout));
  Await(this, timeout, answer);
  return *std::move(answer);
}

Result<uint64_t> Client::Barrier(milliseconds timeout) {
  PEAL_RETURN_IF_ERROR(MayWait());
  std::optional<Result<uint64_t>> answer;
  PEAL_RETURN_IF_ERROR(
      BarrierAsync([&](Result<uint64_t> applied) { answer = std::move(applied); }, timeout));
  Await(this, timeout, answer);
  return *std::move(answer);
}

Status Client::ChangeVoters(VoterChange change, const std::string& node, milliseconds timeout) {
  PEAL_RETURN_IF_ERROR(MayWait());
  std::optional<Status> answer;
  PEAL_RETURN_IF_ERROR(ChangeVotersAsync(
      change, node, [&](const Status& status) { answer = status; }, timeout));
  Await(this, timeout, answer);
  return *std::move(answer);
}

}  // namespace peal
