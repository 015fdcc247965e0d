// What a connection is asked for and waits for: questions to the daemon, one answer each.
#include <type_traits>
#include <utility>
#include <variant>

#include "client/connection.h"
#include "client/timeouts.h"
#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace peal::client {

using std::chrono::milliseconds;

template <typename Answer>
absl::StatusOr<Answer> Connection::Await(uint64_t request, milliseconds timeout,
                                         std::string_view what) {
  const Clock::time_point deadline = Clock::now() + Bounded(timeout);
  awaited_ = request;
  answer_.reset();
  absl::Status dispatched;
  while (dispatched.ok() && !answer_ && Clock::now() < deadline) {
    dispatched = Dispatch(Until(deadline));
    dispatched.Update(connected() ? absl::OkStatus() : away_);
  }
  awaited_ = 0;
  if (!answer_) {
    PEAL_RETURN_IF_ERROR(dispatched);
    return absl::DeadlineExceededError(
        fmt::format("{}: no answer of the daemon within {} ms", what, Bounded(timeout).count()));
  }
  Answer* const answer = std::get_if<Answer>(&*answer_);
  if (answer == nullptr) {
    return absl::DataLossError(fmt::format("{}: the daemon answered something else", what));
  }
  return std::move(*answer);
}

absl::StatusOr<SubscriptionId> Connection::Subscribe(const SubscribeOptions& options,
                                                     EventCallback on_event, milliseconds timeout) {
  PEAL_RETURN_IF_ERROR(ReadyToAsk());
  const uint64_t request = machine_.Subscribe(options);
  subscriptions_.emplace(request, std::move(on_event));
  const absl::StatusOr<Subscribed> answer = Await<Subscribed>(request, timeout, "subscribe");
  const absl::Status status = answer.ok() ? answer->status : answer.status();
  if (!status.ok()) {
    subscriptions_.erase(request);
    return status;
  }
  return SubscriptionId{request};
}

absl::Status Connection::Unsubscribe(SubscriptionId subscription) {
  PEAL_RETURN_IF_ERROR(ReadyToAsk());
  if (subscriptions_.erase(subscription.request) == 0) {
    return absl::NotFoundError("no such subscription");
  }
  machine_.Unsubscribe(subscription.request);
  return absl::OkStatus();
}

absl::StatusOr<DaemonStatus> Connection::Status(milliseconds timeout) {
  PEAL_RETURN_IF_ERROR(ReadyToAsk());
  PEAL_ASSIGN_OR_RETURN(StatusAnswer answer,
                        Await<StatusAnswer>(machine_.RequestStatus(), timeout, "status"));
  return std::move(answer.status);
}

absl::StatusOr<Listing> Connection::List(ListWhat what, milliseconds timeout) {
  PEAL_RETURN_IF_ERROR(ReadyToAsk());
  PEAL_ASSIGN_OR_RETURN(ListAnswer answer,
                        Await<ListAnswer>(machine_.RequestList(what), timeout, "list"));
  return std::move(answer.listing);
}

absl::StatusOr<uint64_t> Connection::Barrier(milliseconds timeout) {
  PEAL_RETURN_IF_ERROR(ReadyToAsk());
  const uint64_t request = machine_.RequestBarrier(DaemonTimeoutMs(timeout));
  PEAL_ASSIGN_OR_RETURN(const BarrierAnswer answer,
                        Await<BarrierAnswer>(request, timeout, "barrier"));
  PEAL_RETURN_IF_ERROR(answer.status);
  return answer.globalseq;
}

absl::Status Connection::ChangeVoters(VoterChange change, const std::string& node,
                                      milliseconds timeout) {
  PEAL_RETURN_IF_ERROR(ReadyToAsk());
  const uint64_t request = machine_.RequestVoterChange(change, node, DaemonTimeoutMs(timeout));
  PEAL_ASSIGN_OR_RETURN(const ClusterAnswer answer,
                        Await<ClusterAnswer>(request, timeout, "change of the voters"));
  return answer.status;
}

absl::Status Connection::Flush(milliseconds timeout) {
  const Clock::time_point deadline = Clock::now() + Bounded(timeout);
  PEAL_RETURN_IF_ERROR(ReadyToAsk());
  PEAL_RETURN_IF_ERROR(Dispatch(milliseconds(0)));
  while (!machine_.output().empty()) {
    PEAL_RETURN_IF_ERROR(connected() ? absl::OkStatus() : away_);
    if (Clock::now() >= deadline) {
      return absl::DeadlineExceededError(
          fmt::format("the daemon did not take all within {} ms", Bounded(timeout).count()));
    }
    PEAL_RETURN_IF_ERROR(Dispatch(Until(deadline)));
  }
  return absl::OkStatus();
}

}  // namespace peal::client
