// What a connection is asked for: questions to the daemon, one answer each, and subscriptions.
#include <type_traits>
#include <utility>
#include <variant>

#include "client/connection.h"
#include "client/timeouts.h"
#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace peal::client {
namespace {

using std::chrono::milliseconds;

// Whether the same request may be taken a moment later.
bool MayPass(const Status& refusal) {
  switch (refusal.kind()) {
    case ErrorKind::kUnreachable:
    case ErrorKind::kNoPrimary:
    case ErrorKind::kTimedOut:
    case ErrorKind::kBusy:
      return true;
    default:
      return false;
  }
}

// `done` gets the answer, of type `Answer`, or why there is none.
template <typename Answer, typename Done>
std::function<void(Result<Arrival>)> Expecting(Done done) {
  return [done = std::move(done)](Result<Arrival> arrival) {
    if (!arrival.ok()) {
      done(Result<Answer>(arrival.status()));
    } else if (Answer* const answer = std::get_if<Answer>(&*arrival); answer != nullptr) {
      done(Result<Answer>(std::move(*answer)));
    } else {
      done(Result<Answer>(Status(ErrorKind::kDataLoss, "the daemon answered something else")));
    }
  };
}

// The same where the answer is only how it ended.
template <typename Answer>
std::function<void(Result<Arrival>)> ExpectingStatus(StatusCallback done) {
  return Expecting<Answer>([done = std::move(done)](const Result<Answer>& answer) {
    done(answer.ok() ? answer->status : answer.status());
  });
}

}  // namespace

Status Connection::MayAsk() const {
  PEAL_RETURN_IF_ERROR(ended_);
  return connected() ? Status() : away_;
}

void Connection::Ask(uint64_t request, std::string_view what, milliseconds timeout,
                     std::function<void(Result<Arrival>)> done) {
  const milliseconds bounded = Bounded(timeout);
  const Clock::time_point deadline = link_->Now() + bounded;
  const bool added =
      questions_.emplace(request, Question{deadline, bounded, what, std::move(done)}).second;
  PEAL_CHECK(added);
  deadlines_.emplace(deadline, request);
}

void Connection::OnAnswer(uint64_t request, Arrival arrival) {
  Settle();
  auto question = questions_.extract(request);
  if (!question.empty()) {
    deadlines_.erase({question.mapped().deadline, request});
    question.mapped().done(std::move(arrival));
  } else if (auto* const subscribed = std::get_if<Subscribed>(&arrival); subscribed != nullptr) {
    OnSubscribedAgain(std::move(*subscribed));
  }
}

void Connection::ExpireQuestion(uint64_t request) {
  auto question = questions_.extract(request);
  PEAL_CHECK(!question.empty());
  question.mapped().done(
      Status(ErrorKind::kTimedOut,
             fmt::format("{}: no answer of the daemon within {} ms", question.mapped().what,
                         question.mapped().timeout.count())));
}

void Connection::FailQuestions(const Status& why) {
  // A callback may ask again; that fails now.
  for (const auto& [request, question] : std::exchange(questions_, {})) {
    deadlines_.erase({question.deadline, request});
    question.done(why);
  }
}

Result<SubscriptionId> Connection::SubscribeAsync(const SubscribeOptions& options,
                                                  EventCallback on_event, StatusCallback done,
                                                  milliseconds timeout) {
  PEAL_RETURN_IF_ERROR(MayAsk());
  const uint64_t request = machine_.Subscribe(options);
  subscriptions_.Add(request, options, std::move(on_event));
  Ask(request, "subscribe", timeout,
      Expecting<Subscribed>([this, request, done = std::move(done)](Result<Subscribed> answer) {
        Call(done, OnSubscribed(request, std::move(answer)));
      }));
  return SubscriptionId{request};
}

Status Connection::OnSubscribed(uint64_t request, Result<Subscribed> answer) {
  Status status = answer.ok() ? answer->status : answer.status();
  if (subscriptions_.Find(request) == nullptr) {
    return {ErrorKind::kAborted, "Unsubscribe() was called before there was an answer"};
  }
  if (status.ok()) {
    subscriptions_.OnSubscribed(request, std::move(answer->place));
    return status;
  }
  subscriptions_.Remove(request);
  if (!answer.ok() && connected()) {
    machine_.Unsubscribe(request);  // The daemon may have it all the same.
  }
  return status;
}

void Connection::OnSubscribedAgain(Subscribed subscribed) {
  const Subscription* const subscription = subscriptions_.Find(subscribed.request);
  if (subscription == nullptr || subscription->state != Subscription::State::kResuming) {
    return;  // It was ended meanwhile, or given up.
  }
  if (subscribed.status.ok()) {
    subscribe_backoff_.Reset();
    subscriptions_.OnSubscribed(subscribed.request, std::move(subscribed.place));
  } else if (MayPass(subscribed.status)) {
    subscriptions_.OnRefused(subscribed.request);
    if (!subscribe_at_) {
      subscribe_at_ = link_->Now() + subscribe_backoff_.Next();
    }
  } else {
    OnSubscriptionEnd({subscribed.request, subscribed.status});
  }
}

void Connection::OnDelivered(const Delivered& delivered) {
  // Events that were on their way when the subscription ended have nobody to go to.
  Subscription* const subscription = subscriptions_.Find(delivered.request);
  if (subscription == nullptr) {
    return;
  }
  subscriptions_.OnHandingOut(subscription);
  Call(subscription->on_event, std::move(*delivered.event));
  subscriptions_.OnHandled(delivered.request);
}

void Connection::OnSubscriptionEnd(const SubscriptionEnd& end) {
  if (Subscription* const subscription = subscriptions_.Find(end.request)) {
    const StatusCallback on_end = std::move(subscription->options.on_end);
    subscriptions_.Remove(end.request);
    Call(on_end, end.status);
  }
}

void Connection::TellEnded(const Ended& ended, const Status& why) {
  for (const auto& [request, on_end] : ended) {
    Call(on_end, why);
  }
}

void Connection::SendConfirmations() {
  if (connected()) {
    for (const auto& [request, delivered] : subscriptions_.TakeConfirmations()) {
      machine_.Confirm(request, delivered);
    }
  }
}

Status Connection::Confirm(SubscriptionId subscription) {
  PEAL_RETURN_IF_ERROR(ended_);
  const Subscription* const found = subscriptions_.Find(subscription.request);
  if (found == nullptr) {
    return {ErrorKind::kNotFound, "no such subscription"};
  }
  if (found->options.confirm != SubscribeOptions::Confirm::kByProgram) {
    return {ErrorKind::kCondition, "this subscription confirms what its callback has handled"};
  }
  subscriptions_.OnConfirmed(subscription.request);
  return {};
}

Status Connection::Unsubscribe(SubscriptionId subscription) {
  PEAL_RETURN_IF_ERROR(ended_);
  const Subscription* const found = subscriptions_.Find(subscription.request);
  if (found == nullptr) {
    return {ErrorKind::kNotFound, "no such subscription"};
  }
  if (connected() && found->state != Subscription::State::kAway) {
    SendConfirmations();
    machine_.Unsubscribe(subscription.request);
  }
  subscriptions_.Remove(subscription.request);
  return {};
}

Status Connection::RemoveDurableAsync(const std::string& name, StatusCallback done,
                                      milliseconds timeout) {
  PEAL_RETURN_IF_ERROR(MayAsk());
  Ask(machine_.RequestRemoveDurable(name, DaemonTimeoutMs(timeout)),
      "removal of a durable subscription", timeout,
      ExpectingStatus<RemovedAnswer>(Called(std::move(done))));
  return {};
}

// The analyzer does not see that a function object frees the one that it holds.
// NOLINTBEGIN(clang-analyzer-cplusplus.NewDeleteLeaks)
Status Connection::GetStatusAsync(std::function<void(Result<DaemonStatus>)> done,
                                  milliseconds timeout) {
  PEAL_RETURN_IF_ERROR(MayAsk());
  Ask(machine_.RequestStatus(), "status", timeout,
      Expecting<StatusAnswer>([done = Called(std::move(done))](Result<StatusAnswer> answer) {
        done(answer.ok() ? Result<DaemonStatus>(std::move(answer->status)) : answer.status());
      }));
  return {};
}

Status Connection::ListAsync(ListWhat what, std::function<void(Result<Listing>)> done,
                             milliseconds timeout) {
  PEAL_RETURN_IF_ERROR(MayAsk());
  Ask(machine_.RequestList(what), "list", timeout,
      Expecting<ListAnswer>([done = Called(std::move(done))](Result<ListAnswer> answer) {
        done(answer.ok() ? Result<Listing>(std::move(answer->listing)) : answer.status());
      }));
  return {};
}

Status Connection::BarrierAsync(std::function<void(Result<uint64_t>)> done, milliseconds timeout) {
  PEAL_RETURN_IF_ERROR(MayAsk());
  Ask(machine_.RequestBarrier(DaemonTimeoutMs(timeout)), "barrier", timeout,
      Expecting<BarrierAnswer>(
          [done = Called(std::move(done))](const Result<BarrierAnswer>& answer) {
            const Status& status = answer.ok() ? answer->status : answer.status();
            done(status.ok() ? Result<uint64_t>(answer->globalseq) : status);
          }));
  return {};
}
// NOLINTEND(clang-analyzer-cplusplus.NewDeleteLeaks)

Status Connection::ChangeVotersAsync(VoterChange change, const std::string& node,
                                     StatusCallback done, milliseconds timeout) {
  PEAL_RETURN_IF_ERROR(MayAsk());
  Ask(machine_.RequestVoterChange(change, node, DaemonTimeoutMs(timeout)), "change of the voters",
      timeout, ExpectingStatus<ClusterAnswer>(Called(std::move(done))));
  return {};
}

Status Connection::Flush(milliseconds timeout) {
  const Clock::time_point deadline = link_->Now() + Bounded(timeout);
  PEAL_RETURN_IF_ERROR(MayWait());
  PEAL_RETURN_IF_ERROR(MayAsk());
  PEAL_RETURN_IF_ERROR(Dispatch(milliseconds(0)));
  while (!machine_.output().empty() || subscriptions_.has_confirmations()) {
    PEAL_RETURN_IF_ERROR(MayAsk());
    if (link_->Now() >= deadline) {
      return {ErrorKind::kTimedOut,
              fmt::format("the daemon did not take all within {} ms", Bounded(timeout).count())};
    }
    PEAL_RETURN_IF_ERROR(Dispatch(Until(deadline)));
  }
  return {};
}

}  // namespace peal::client
