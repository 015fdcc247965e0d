#include "client/connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
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

// Another one for each client, as its session is.
uint64_t SeedOf(std::string_view session) {
  uint64_t seed = 0;
  std::memcpy(&seed, session.data(), std::min(session.size(), sizeof(seed)));
  return seed;
}

Status Unreachable(std::string message) {
  return {ErrorKind::kUnreachable, std::move(message)};
}

}  // namespace

Connection::Connection(std::unique_ptr<Link> link, OwnedFd fd, const ConnectOptions& options,
                       std::string_view session)
    : link_(std::move(link)),
      fd_(std::move(fd)),
      options_(options),
      machine_(options.name, session),
      retry_backoff_(SeedOf(session)),
      subscribe_backoff_(SeedOf(session)) {}

Connection::~Connection() {
  PEAL_CHECK(!in_callback_);
}

Status Connection::Greet(Clock::time_point deadline) {
  while (!machine_.greeted()) {
    if (link_->Now() >= deadline) {
      return Unreachable(fmt::format("a peald at {} takes the connection but does not answer",
                                     options_.socket_path));
    }
    const Status dispatched = Dispatch(Until(deadline));
    if (dispatched.kind() == ErrorKind::kDataLoss) {
      return Unreachable(fmt::format("what listens at {} is not a peald: {}", options_.socket_path,
                                     dispatched.message()));
    }
    PEAL_RETURN_IF_ERROR(dispatched);
  }
  return {};
}

milliseconds Connection::Until(Clock::time_point deadline) const {
  return client::Until(deadline, link_->Now());
}

int16_t Connection::poll_events() const {
  const bool to_send =
      !machine_.output().empty() || (connected() && subscriptions_.has_confirmations());
  return static_cast<int16_t>(POLLIN | (to_send ? POLLOUT : 0));
}

milliseconds Connection::next_deadline() const {
  if (arrivals_wait_ || !untold_.empty()) {
    return milliseconds(0);
  }
  std::optional<Clock::time_point> next = retry_at_;
  if (subscribe_at_ && (!next || *subscribe_at_ < *next)) {
    next = subscribe_at_;
  }
  if (!deadlines_.empty() && (!next || deadlines_.begin()->first < *next)) {
    next = deadlines_.begin()->first;
  }
  return next ? Until(*next) : milliseconds(-1);
}

Status Connection::MayWait() const {
  if (in_callback_) {
    return {ErrorKind::kCondition, "a callback must not call what waits"};
  }
  return ended_;
}

Status Connection::DispatchAtMost(milliseconds timeout, size_t callbacks_max) {
  if (!in_callback_ && !untold_.empty()) {
    callbacks_left_ = callbacks_max;
    TellUntold();
    return {};
  }
  PEAL_RETURN_IF_ERROR(MayWait());
  callbacks_left_ = callbacks_max;
  Status status = Exchange(timeout);
  if (!status.ok()) {
    status = MayComeBack(status) ? Leave(status) : End(status);
  } else if (retry_at_ && link_->Now() >= *retry_at_) {
    status = Retry();
  }
  if (subscribe_at_ && link_->Now() >= *subscribe_at_) {
    subscribe_at_.reset();
    SubscribeAgain();
  }
  if (!arrivals_wait_) {
    Expire();  // An answer may be in what waits.
  }
  subscriptions_.Sweep();
  return untold_.empty() ? status : Status();
}

void Connection::TellUntold() {
  while (callbacks_left_ > 0 && !untold_.empty()) {
    const std::function<void()> next = std::move(untold_.front());
    untold_.pop_front();
    Run(next);
  }
}

Status Connection::Wait(milliseconds timeout) {
  milliseconds wait = Bounded(timeout);
  if (const milliseconds next = next_deadline(); next >= milliseconds(0)) {
    wait = std::min(wait, next);
  }
  return link_->Wait(fd_.get(), poll_events(), wait);
}

Status Connection::Exchange(milliseconds timeout) {
  if (fd_.get() < 0) {
    return Wait(timeout);
  }
  // What was queued since the last call goes out before the wait, not after it.
  Status written = Write();
  if (arrivals_wait_) {
    // Before the connection can be found gone: of a frame either all is handed out or nothing, for
    // it ends with the place where the subscription is then.
    return TakeArrivals();
  }
  if (written.ok()) {
    PEAL_RETURN_IF_ERROR(Wait(timeout));
    written = Write();
  }
  // What a daemon said before it went, its reason too, can be read although writing fails.
  PEAL_ASSIGN_OR_RETURN(const bool more, Read());
  if (written.ok()) {
    written = Write();
  }
  return more ? Status() : written;
}

Status Connection::Write() {
  SendConfirmations();
  while (!machine_.output().empty()) {
    const std::string_view output = machine_.output();
    const ssize_t sent = send(fd_.get(), output.data(), output.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
      return {};
    }
    if (sent < 0) {
      return Unreachable(fmt::format("the connection to peald at {} is gone: {}",
                                     options_.socket_path, base::ErrnoText(errno)));
    }
    machine_.ConsumeOutput(static_cast<size_t>(sent));
  }
  return {};
}

Result<bool> Connection::Read() {
  for (int i = 0; i < kReadsPerDispatchMax; ++i) {
    const std::span<char> room = machine_.input().Prepare(kReadBytes);
    const ssize_t received = recv(fd_.get(), room.data(), room.size(), 0);
    machine_.input().Commit(received > 0 ? static_cast<size_t>(received) : 0);
    if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
      return false;
    }
    if (received < 0) {
      return Unreachable(fmt::format("the connection to peald at {} is gone: {}",
                                     options_.socket_path, base::ErrnoText(errno)));
    }
    if (received == 0) {
      return Unreachable(fmt::format("peald at {} closed the connection", options_.socket_path));
    }
    PEAL_RETURN_IF_ERROR(TakeArrivals());
    if (arrivals_wait_) {
      return true;
    }
    if (static_cast<size_t>(received) < room.size()) {
      return false;  // That was all; asking again would only say so.
    }
  }
  return true;
}

Status Connection::TakeArrivals() {
  for (;;) {
    arrivals_wait_ = callbacks_left_ == 0;
    if (arrivals_wait_) {
      return {};
    }
    PEAL_ASSIGN_OR_RETURN(std::optional<Arrival> arrival, machine_.Next());
    if (!arrival) {
      return {};
    }
    Take(*std::move(arrival));
  }
}

void Connection::Take(Arrival arrival) {
  std::visit(
      [this](auto& held) {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, Welcomed>) {
          OnWelcomed();
        } else if constexpr (std::is_same_v<Held, Published>) {
          OnPublished(held);
        } else if constexpr (std::is_same_v<Held, Delivered>) {
          OnDelivered(held);
        } else if constexpr (std::is_same_v<Held, Moved>) {
          subscriptions_.OnMoved(held.request, std::move(held.place));
        } else if constexpr (std::is_same_v<Held, SubscriptionEnd>) {
          OnSubscriptionEnd(held);
        } else {
          const uint64_t request = held.request;
          OnAnswer(request, std::move(held));
        }
      },
      arrival);
}

void Connection::OnWelcomed() {
  retry_at_.reset();
  PublishAllAgain();
  SubscribeAgain();
  if (std::exchange(greeted_once_, true)) {
    TellState(ConnectionState::kConnected, {});
  }
}

void Connection::OnPublished(const Published& published) {
  Settle();
  auto waiting = publishes_.extract(published.request);
  if (waiting.empty()) {
    return;  // Its deadline passed before.
  }
  deadlines_.erase({waiting.mapped().deadline, published.request});
  Call(waiting.mapped().done, published.result);
}

// An answer: this connection is good for something.
void Connection::Settle() {
  away_ = {};
  retry_backoff_.Reset();
}

void Connection::Expire() {
  const Clock::time_point now = link_->Now();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const uint64_t request = deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    if (questions_.contains(request)) {
      ExpireQuestion(request);
    } else {
      ExpirePublish(request);
    }
  }
}

void Connection::ExpirePublish(uint64_t request) {
  auto waiting = publishes_.extract(request);
  PEAL_CHECK(!waiting.empty());
  Call(waiting.mapped().done, Expired(request, waiting.mapped().timeout));
}

PublishResult Connection::Expired(uint64_t request, milliseconds timeout) {
  PublishResult result;
  result.submitted = machine_.GiveUp(request) > 0;
  const std::string_view outcome =
      result.submitted ? "the outcome is unknown" : "the event was not published";
  result.status =
      away_.ok()
          ? Status(ErrorKind::kTimedOut, fmt::format("no answer of the daemon within {} ms; {}",
                                                     timeout.count(), outcome))
          : Unreachable(fmt::format("{}, and no other has answered within {} ms; {}",
                                    away_.message(), timeout.count(), outcome));
  return result;
}

// A daemon that ends, or has no room for one more client just now, may be back in a moment.
bool Connection::MayComeBack(const Status& why) const {
  const bool returns = why.kind() == ErrorKind::kUnreachable ||
                       why.kind() == ErrorKind::kNoPrimary ||
                       (!machine_.greeted() && why.kind() == ErrorKind::kBusy);
  return returns && greeted_once_;
}

// Of what is published and of subscriptions nothing is lost: both go on over another connection.
Status Connection::Leave(const Status& why) {
  away_ = Unreachable(why.message());
  fd_ = OwnedFd();
  machine_.Restart();
  retry_at_ = link_->Now() + retry_backoff_.Next();
  subscribe_at_.reset();
  const Status told = away_;
  FailQuestions(told);
  TellEnded(subscriptions_.OnConnectionLost(), told);
  TellState(ConnectionState::kAway, told);
  return {};
}

Status Connection::Retry() {
  if (fd_.get() >= 0) {
    return Leave(Unreachable(fmt::format("a peald at {} takes the connection but does not answer",
                                         options_.socket_path)));
  }
  // Whoever calls Dispatch() is not to wait here: with no room in its backlog it is tried later.
  Result<OwnedFd> fd = link_->Connect(milliseconds(1));
  if (!fd.ok()) {
    return MayComeBack(fd.status()) ? Leave(fd.status()) : End(fd.status());
  }
  fd_ = *std::move(fd);
  retry_at_ = link_->Now() + kGreetingMax;
  return {};
}

void Connection::PublishAllAgain() {
  for (const auto& [request, kept] : machine_.unanswered().by_request()) {
    const auto waiting = publishes_.find(request);
    PEAL_CHECK(waiting != publishes_.end());
    machine_.PublishAgain(request, DaemonTimeoutMs(Until(waiting->second.deadline)));
  }
}

void Connection::SubscribeAgain() {
  if (!connected()) {
    return;
  }
  for (const uint64_t request : subscriptions_.Away()) {
    const Subscription* const subscription = subscriptions_.Find(request);
    machine_.SubscribeAgain(request, subscription->options, subscription->PlaceToResume());
    subscriptions_.OnSentAgain(request);
  }
}

Status Connection::End(Status why) {
  ended_ = std::move(why);
  fd_ = OwnedFd();
  retry_at_.reset();
  subscribe_at_.reset();
  deadlines_.clear();
  // A callback may call anything; it fails now and adds nothing.
  const std::map<uint64_t, Waiting> publishes = std::exchange(publishes_, {});
  PublishResult result;
  result.status = ended_;
  for (const auto& [request, waiting] : publishes) {
    result.submitted = machine_.GiveUp(request) > 0;
    Call(waiting.done, result);
  }
  FailQuestions(ended_);
  TellEnded(subscriptions_.RemoveAll(), ended_);
  TellState(ConnectionState::kEnded, ended_);
  return ended_;
}

void Connection::TellState(ConnectionState state, const Status& why) {
  if (greeted_once_ && std::exchange(state_, state) != state) {
    Call(options_.on_connection, state, why);
  }
}

Status Connection::Publish(const Event& event, const PublishOptions& options,
                           PublishCallback done) {
  PEAL_RETURN_IF_ERROR(ended_);
  if (options.ack == Ack::kNone && !connected()) {
    return away_;  // What asks for no answer is not kept.
  }
  PEAL_ASSIGN_OR_RETURN(const uint64_t request,
                        machine_.Publish(event, options, DaemonTimeoutMs(options.timeout)));
  if (options.ack != Ack::kNone) {
    const milliseconds timeout = Bounded(options.timeout);
    const Clock::time_point deadline = link_->Now() + timeout;
    publishes_.emplace(request, Waiting{deadline, timeout, std::move(done)});
    deadlines_.emplace(deadline, request);
  }
  return {};
}

Result<std::unique_ptr<Client>> Connection::Open(std::unique_ptr<Link> link,
                                                 const ConnectOptions& options) {
  const auto deadline = link->Now() + Bounded(options.timeout);
  PEAL_ASSIGN_OR_RETURN(OwnedFd fd, link->Connect(options.timeout));
  PEAL_ASSIGN_OR_RETURN(const ClientSession session, link->NewSession());
  auto connection = std::make_unique<Connection>(std::move(link), std::move(fd), options,
                                                 std::string_view(session.data(), session.size()));
  PEAL_RETURN_IF_ERROR(connection->Greet(deadline));
  return connection;
}

}  // namespace peal::client

namespace peal {

Result<std::unique_ptr<Client>> Client::Connect(const ConnectOptions& options) {
  if (options.socket_path.empty()) {
    ConnectOptions named = options;
    named.socket_path = client::DefaultSocketPath();
    return Connect(named);
  }
  return client::Connection::Open(std::make_unique<client::UnixLink>(options.socket_path), options);
}

}  // namespace peal
