#include "tools/peal/subscriber.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include "core/base/errno_text.h"
#include "core/base/event_json.h"
#include "fmt/format.h"
#include "tools/peal/event_command.h"
#include "tools/peal/event_text.h"
#include "tools/peal/exit_code.h"

namespace peal::tool {

Subscriber::Subscriber(Client* client, const Context& context, uint64_t count_max,
                       std::optional<std::chrono::microseconds> idle)
    : client_(client), context_(context), count_max_(count_max), idle_(idle) {}

int Subscriber::Run(SubscribeOptions options) {
  options.on_end = [this](const Status& why) { OnEnd(why); };
  std::optional<Status> answer;
  const auto subscription = client_->SubscribeAsync(
      options, [this](const Event& event) { OnEvent(event); },
      [&answer](const Status& status) { answer = status; }, context_.timeout);
  if (!subscription.ok()) {
    return Fail(subscription.status());
  }
  // Events can come with the daemon's answer, and are confirmed by this name.
  if (!options.durable.empty()) {
    subscription_ = *subscription;
  }
  Status dispatched;
  while (!answer && dispatched.ok()) {
    dispatched = client_->Dispatch(context_.timeout);
  }
  dispatched.Update(answer.value_or(Status()));
  if (!dispatched.ok()) {
    return Fail(dispatched);
  }
  return subscription_ ? LeaveDurable(Follow()) : Follow();
}

int Subscriber::Follow() {
  if (const std::optional<int> ended = output_.Flush()) {
    return *ended;
  }
  Confirm();
  while (!ended_) {
    const std::optional<int> ended = Round();
    if (ended) {
      return *ended;
    }
  }
  return *ended_;
}

void Subscriber::Confirm() {
  if (subscription_ && handled_) {
    // NotFound: it has ended, and OnEnd() says so.
    static_cast<void>(client_->Confirm(*subscription_));
  }
}

// The daemon orders what the session asks for in that order: once the barrier is passed the place
// is kept.
int Subscriber::LeaveDurable(int exit_code) {
  if (!client_->Unsubscribe(*subscription_).ok()) {
    return exit_code;
  }
  const Result<uint64_t> kept = client_->Barrier(context_.timeout);
  return kept.ok() || exit_code != kExitOk ? exit_code : Fail(kept.status());
}

void Subscriber::OnEvent(const Event& event) {
  if (ended_) {
    return;
  }
  last_event_ = Clock::now();
  ++count_;
  if (!context_.event_command.empty()) {
    const int exit_code =
        RunEventCommand(context_.event_command, event, context_.socket_path, stop_);
    // A command may take longer than the silence that ends us.
    last_event_ = Clock::now();
    if (exit_code != 0) {
      ended_ = exit_code;
      handled_ = false;
    } else {
      Confirm();
    }
    // The terminal's SIGINT ends the command too; then it is not the command that failed.
    if (stop_.stopped()) {
      ended_ = kExitOk;
    }
  } else if (context_.json) {
    base::AppendEventJson(event, output_.buffer());
    output_.buffer()->push_back('\n');
  } else {
    output_.Line(EventLine(event, context_.color));
  }
  if (count_ == count_max_ && !ended_) {
    // What else has come is not ours any more.
    ended_ = output_.Flush().value_or(kExitOk);
    Confirm();
    handled_ = false;
  }
}

void Subscriber::OnEnd(const Status& why) {
  if (!ended_) {
    failure_ = why;
  }
}

std::optional<int> Subscriber::Round() {
  if (const std::optional<int> ended = Poll()) {
    return ended;
  }
  const Status dispatched = client_->Dispatch(std::chrono::milliseconds(0));
  // One write for all that came at once, at once.
  if (const std::optional<int> ended = output_.Flush()) {
    return ended;
  }
  Confirm();
  if (ended_) {
    return ended_;
  }
  failure_.Update(dispatched);
  if (!failure_.ok()) {
    return Fail(failure_);
  }
  const bool silent = idle_ && Clock::now() - last_event_ >= *idle_;
  return silent ? std::optional<int>(kExitOk) : std::nullopt;
}

int Subscriber::PollTimeoutMs() const {
  const std::chrono::milliseconds next = client_->next_deadline();
  const int64_t clients = next.count() < 0 ? INT_MAX : next.count();
  if (!idle_) {
    return next.count() < 0 ? -1 : static_cast<int>(std::min<int64_t>(clients, INT_MAX));
  }
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(last_event_ + *idle_ - Clock::now());
  return static_cast<int>(std::clamp<int64_t>(std::min(left.count(), clients), 0, INT_MAX));
}

std::optional<int> Subscriber::Poll() {
  std::array<pollfd, 3> waiting{
      {{.fd = client_->fd(), .events = client_->poll_events(), .revents = 0},
       {.fd = stop_.fd(), .events = POLLIN, .revents = 0},
       // Only whether its reader is gone.
       {.fd = STDOUT_FILENO, .events = 0, .revents = 0}}};
  if (poll(waiting.data(), waiting.size(), PollTimeoutMs()) < 0 && errno != EINTR) {
    return Fail(kExitIo, fmt::format("poll: {}", base::ErrnoText(errno)));
  }
  const bool reader_gone = (waiting[2].revents & POLLERR) != 0;
  const bool stopped = waiting[1].revents != 0;
  return stopped || reader_gone ? std::optional<int>(kExitOk) : std::nullopt;
}

}  // namespace peal::tool
