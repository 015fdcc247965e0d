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

int Subscriber::Run(const SubscribeOptions& options) {
  const auto subscription = client_->Subscribe(
      options, [this](const Event& event) { OnEvent(event); }, context_.timeout);
  if (!subscription.ok()) {
    return Fail(subscription.status());
  }
  // Events can come with the daemon's answer.
  if (const std::optional<int> ended = output_.Flush()) {
    return *ended;
  }
  while (!ended_) {
    const std::optional<int> ended = Round();
    if (ended) {
      return *ended;
    }
  }
  return *ended_;
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
    ended_ = kExitOk;
  }
}

std::optional<int> Subscriber::Round() {
  if (const std::optional<int> ended = Poll()) {
    return ended;
  }
  const absl::Status dispatched = client_->Dispatch(std::chrono::milliseconds(0));
  // One write for all that came at once, at once.
  if (const std::optional<int> ended = output_.Flush()) {
    return ended;
  }
  if (ended_) {
    return ended_;
  }
  if (!dispatched.ok()) {
    return Fail(dispatched);
  }
  const bool silent = idle_ && Clock::now() - last_event_ >= *idle_;
  return silent ? std::optional<int>(kExitOk) : std::nullopt;
}

int Subscriber::PollTimeoutMs() const {
  if (!idle_) {
    return -1;
  }
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(last_event_ + *idle_ - Clock::now());
  return static_cast<int>(std::clamp<int64_t>(left.count(), 0, INT_MAX));
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
