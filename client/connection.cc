#include "client/connection.h"

#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <type_traits>
#include <utility>
#include <variant>

#include "client/timeouts.h"
#include "core/base/check.h"
#include "core/base/errno_text.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace peal::client {
namespace {

using std::chrono::milliseconds;

constexpr size_t kReadBytes = 64 << 10;
// One Dispatch() takes at most so many reads: the caller has other things to do too.
constexpr int kReadsPerDispatchMax = 16;
uint64_t RequestOf(const Arrival& arrival) {
  return std::visit(
      [](const auto& held) -> uint64_t {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, Welcomed>) {
          return 0;
        } else {
          return held.request;
        }
      },
      arrival);
}

// A callback that throws would leave the session half-done: it ends the program instead.
template <typename Callback, typename Argument>
void Call(const Callback& callback, Argument&& argument) noexcept {
  callback(std::forward<Argument>(argument));
}

}  // namespace

Connection::Connection(OwnedFd fd, const ConnectOptions& options, std::string_view session)
    : fd_(std::move(fd)), socket_path_(options.socket_path), machine_(options.name, session) {}

Connection::~Connection() {
  PEAL_CHECK(!in_callback_);
}

absl::Status Connection::Greet(Clock::time_point deadline) {
  while (!machine_.greeted()) {
    if (Clock::now() >= deadline) {
      return UnreachableError(
          fmt::format("a peald at {} takes the connection but does not answer", socket_path_));
    }
    const absl::Status dispatched = Dispatch(Until(deadline));
    if (dispatched.code() == absl::StatusCode::kDataLoss) {
      return UnreachableError(fmt::format("what listens at {} is not a peald: {}", socket_path_,
                                          std::string(dispatched.message())));
    }
    PEAL_RETURN_IF_ERROR(dispatched);
  }
  return absl::OkStatus();
}

int16_t Connection::poll_events() const {
  return static_cast<int16_t>(POLLIN | (machine_.output().empty() ? 0 : POLLOUT));
}

milliseconds Connection::next_deadline() const {
  std::optional<Clock::time_point> next = retry_at_;
  if (!deadlines_.empty() && (!next || deadlines_.begin()->first < *next)) {
    next = deadlines_.begin()->first;
  }
  return next ? Until(*next) : milliseconds(-1);
}

absl::Status Connection::ReadyToWait() const {
  if (in_callback_) {
    return absl::FailedPreconditionError("a callback must not call what waits");
  }
  return ended_;
}

// Questions are not kept for another connection.
absl::Status Connection::ReadyToAsk() const {
  PEAL_RETURN_IF_ERROR(ReadyToWait());
  return connected() ? absl::OkStatus() : away_;
}

absl::Status Connection::Dispatch(milliseconds timeout) {
  PEAL_RETURN_IF_ERROR(ReadyToWait());
  absl::Status status = Exchange(timeout);
  if (!status.ok()) {
    status = MayComeBack(status) ? Leave(status) : End(status);
  } else if (retry_at_ && Clock::now() >= *retry_at_) {
    status = Retry();
  }
  ExpirePublishes();
  return status;
}

absl::Status Connection::Wait(milliseconds timeout) {
  milliseconds wait = Bounded(timeout);
  if (const milliseconds next = next_deadline(); next >= milliseconds(0)) {
    wait = std::min(wait, next);
  }
  pollfd waiting{.fd = fd_.get(), .events = poll_events(), .revents = 0};
  const auto wait_ms = static_cast<int>(std::min<milliseconds::rep>(wait.count(), INT32_MAX));
  // A signal is a reason to return: the caller may have been waiting for it.
  if (poll(&waiting, 1, wait_ms) < 0 && errno != EINTR) {
    return UnreachableError(fmt::format("poll: {}", base::ErrnoText(errno)));
  }
  return absl::OkStatus();
}

absl::Status Connection::Exchange(milliseconds timeout) {
  if (fd_.get() < 0) {
    return Wait(timeout);
  }
  // What was queued since the last call goes out before the wait, not after it.
  absl::Status written = Write();
  if (written.ok()) {
    PEAL_RETURN_IF_ERROR(Wait(timeout));
    written = Write();
  }
  // A daemon that closes sends its reason first; it can be read although writing fails.
  PEAL_RETURN_IF_ERROR(Read());
  return written;
}

absl::Status Connection::Write() {
  while (!machine_.output().empty()) {
    const std::string_view output = machine_.output();
    const ssize_t sent = send(fd_.get(), output.data(), output.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
      return absl::OkStatus();
    }
    if (sent < 0) {
      return UnreachableError(fmt::format("the connection to peald at {} is gone: {}", socket_path_,
                                          base::ErrnoText(errno)));
    }
    machine_.ConsumeOutput(static_cast<size_t>(sent));
  }
  return absl::OkStatus();
}

absl::Status Connection::Read() {
  for (int i = 0; i < kReadsPerDispatchMax; ++i) {
    const std::span<char> room = machine_.input().Prepare(kReadBytes);
    const ssize_t received = recv(fd_.get(), room.data(), room.size(), 0);
    machine_.input().Commit(received > 0 ? static_cast<size_t>(received) : 0);
    if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
      return absl::OkStatus();
    }
    if (received < 0) {
      return UnreachableError(fmt::format("the connection to peald at {} is gone: {}", socket_path_,
                                          base::ErrnoText(errno)));
    }
    if (received == 0) {
      return UnreachableError(fmt::format("peald at {} closed the connection", socket_path_));
    }
    PEAL_RETURN_IF_ERROR(TakeArrivals());
    if (static_cast<size_t>(received) < room.size()) {
      return absl::OkStatus();  // That was all; asking again would only say so.
    }
  }
  return absl::OkStatus();
}

absl::Status Connection::TakeArrivals() {
  for (;;) {
    PEAL_ASSIGN_OR_RETURN(std::optional<Arrival> arrival, machine_.Next());
    if (!arrival) {
      return absl::OkStatus();
    }
    in_callback_ = true;
    Take(*std::move(arrival));
    in_callback_ = false;
  }
}

void Connection::Take(Arrival arrival) {
  if (std::holds_alternative<Welcomed>(arrival)) {
    greeted_once_ = true;
    retry_at_.reset();
    PublishAllAgain();
    return;
  }
  if (const auto* published = std::get_if<Published>(&arrival)) {
    TakePublished(*published);
    return;
  }
  if (auto* delivered = std::get_if<Delivered>(&arrival)) {
    // Events that were on their way when the subscription ended have nobody to go to.
    const auto subscription = subscriptions_.find(delivered->request);
    if (subscription != subscriptions_.end()) {
      Call(subscription->second, std::move(delivered->event));
    }
    return;
  }
  if (awaited_ != 0 && RequestOf(arrival) == awaited_) {
    answer_ = std::move(arrival);
  }
}

void Connection::TakePublished(const Published& published) {
  away_ = absl::OkStatus();
  retry_delay_ = kRetryMin;
  auto waiting = publishes_.extract(published.request);
  if (waiting.empty()) {
    return;  // Its deadline passed before.
  }
  deadlines_.erase({waiting.mapped().deadline, published.request});
  Call(waiting.mapped().done, published.result);
}

void Connection::ExpirePublishes() {
  const Clock::time_point now = Clock::now();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const uint64_t request = deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    auto waiting = publishes_.extract(request);
    PEAL_CHECK(!waiting.empty());
    const PublishResult result = Expired(request, waiting.mapped().timeout);
    in_callback_ = true;
    Call(waiting.mapped().done, result);
    in_callback_ = false;
  }
}

PublishResult Connection::Expired(uint64_t request, milliseconds timeout) {
  PublishResult result;
  result.submitted = machine_.GiveUp(request) > 0;
  const std::string_view outcome =
      result.submitted ? "the outcome is unknown" : "the event was not published";
  result.status =
      away_.ok()
          ? absl::DeadlineExceededError(
                fmt::format("no answer of the daemon within {} ms; {}", timeout.count(), outcome))
          : UnreachableError(fmt::format("{}, and no other has answered within {} ms; {}",
                                         std::string(away_.message()), timeout.count(), outcome));
  return result;
}

// A daemon that ends, or has no room for one more client just now, may be back in a moment. What a
// subscription has missed by then nobody would tell, so that it ends with the connection.
bool Connection::MayComeBack(const absl::Status& why) const {
  const bool returns =
      absl::IsUnavailable(why) || (!machine_.greeted() && absl::IsResourceExhausted(why));
  return returns && greeted_once_ && subscriptions_.empty();
}

// Of what waits nothing is lost: what is published is sent again.
absl::Status Connection::Leave(const absl::Status& why) {
  away_ = UnreachableError(std::string(why.message()));
  fd_ = OwnedFd();
  machine_.Restart();
  retry_at_ = Clock::now() + retry_delay_;
  retry_delay_ = std::min(2 * retry_delay_, kRetryMax);
  return absl::OkStatus();
}

absl::Status Connection::Retry() {
  if (fd_.get() >= 0) {
    return Leave(UnreachableError(
        fmt::format("a peald at {} takes the connection but does not answer", socket_path_)));
  }
  // Whoever calls Dispatch() is not to wait here: with no room in its backlog it is tried later.
  absl::StatusOr<OwnedFd> fd = ConnectUnix(socket_path_, milliseconds(1));
  if (!fd.ok()) {
    return MayComeBack(fd.status()) ? Leave(fd.status()) : End(fd.status());
  }
  fd_ = *std::move(fd);
  retry_at_ = Clock::now() + kGreetingMax;
  return absl::OkStatus();
}

void Connection::PublishAllAgain() {
  for (const auto& [request, kept] : machine_.unanswered().by_request()) {
    const auto waiting = publishes_.find(request);
    PEAL_CHECK(waiting != publishes_.end());
    machine_.PublishAgain(request, DaemonTimeoutMs(Until(waiting->second.deadline)));
  }
}

absl::Status Connection::End(absl::Status why) {
  ended_ = std::move(why);
  deadlines_.clear();
  // A callback may publish; that fails now and adds nothing.
  const std::map<uint64_t, Waiting> publishes = std::exchange(publishes_, {});
  PublishResult result;
  result.status = ended_;
  in_callback_ = true;
  for (const auto& [request, waiting] : publishes) {
    result.submitted = machine_.GiveUp(request) > 0;
    Call(waiting.done, result);
  }
  in_callback_ = false;
  return ended_;
}

absl::Status Connection::Publish(const Event& event, const PublishOptions& options,
                                 PublishCallback done) {
  PEAL_RETURN_IF_ERROR(ended_);
  if (options.ack == Ack::kNone && !connected()) {
    return away_;  // What asks for no answer is not kept.
  }
  PEAL_ASSIGN_OR_RETURN(const uint64_t request,
                        machine_.Publish(event, options, DaemonTimeoutMs(options.timeout)));
  if (options.ack != Ack::kNone) {
    const milliseconds timeout = Bounded(options.timeout);
    const Clock::time_point deadline = Clock::now() + timeout;
    publishes_.emplace(request, Waiting{deadline, timeout, std::move(done)});
    deadlines_.emplace(deadline, request);
  }
  return absl::OkStatus();
}

}  // namespace peal::client

namespace peal {

absl::StatusOr<std::unique_ptr<Client>> Client::Connect(const ConnectOptions& options) {
  const auto deadline = client::Connection::Clock::now() + client::Bounded(options.timeout);
  PEAL_ASSIGN_OR_RETURN(client::OwnedFd fd,
                        client::ConnectUnix(options.socket_path, options.timeout));
  ClientSession session{};
  if (getrandom(session.data(), session.size(), 0) != static_cast<ssize_t>(session.size())) {
    return absl::InternalError(fmt::format("getrandom: {}", base::ErrnoText(errno)));
  }
  auto connection = std::make_unique<client::Connection>(
      std::move(fd), options, std::string_view(session.data(), session.size()));
  PEAL_RETURN_IF_ERROR(connection->Greet(deadline));
  return connection;
}

}  // namespace peal
