// How something ended: a kind that a program can act on, and a text for people.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace peal {

enum class ErrorKind {
  kNone,
  kUnreachable,  // No daemon, or the connection to it is gone.
  kNoPrimary,    // The daemon is there but its node has no primary component.
  kTimedOut,     // The outcome is unknown unless the call says more.
  kInvalid,      // The request is wrong: a limit, a name, a value.
  kBusy,         // Try again: a window or a buffer is full.
  kNotPermitted,
  kNotFound,   // No such class or name.
  kTrimmed,    // History that far back is not there any more.
  kCondition,  // The condition of the request is not met, or this is not the time for the call.
  kDataLoss,   // The bytes are wrong.
  kAborted,    // Another was first: it cannot be done as things are, or is done no longer.
  kOther,
};

// A value; const calls may be made by any number of threads.
class [[nodiscard]] Status {
 public:
  Status() = default;  // Ok.
  // With kNone it is ok, and the message is dropped.
  Status(ErrorKind kind, std::string message)
      : kind_(kind), message_(kind == ErrorKind::kNone ? std::string() : std::move(message)) {}

  bool ok() const { return kind_ == ErrorKind::kNone; }
  ErrorKind kind() const { return kind_; }
  // One line, without a line feed; empty when ok.
  const std::string& message() const { return message_; }

  // Takes `other` if nothing has gone wrong until now: of several the first counts.
  void Update(Status other) {
    if (ok()) {
      *this = std::move(other);
    }
  }

  bool operator==(const Status&) const = default;

 private:
  ErrorKind kind_ = ErrorKind::kNone;
  std::string message_;
};

// A value, or why there is none. As thread-safe as its value.
template <typename T>
class [[nodiscard]] Result {
 public:
  // `error` is not ok.
  Result(Status error)  // NOLINT(google-explicit-constructor): `return status;`
      : status_(std::move(error)) {
    Require(!status_.ok());
  }
  // Of what converts to T, and is neither a Status nor a Result.
  template <typename U = T>
  requires(std::is_convertible_v<U, T> && !std::is_convertible_v<U, Status> &&
           !std::is_same_v<std::remove_cvref_t<U>, Result>)
      // `return value;`; what could hide a copy or a move is left out by `requires`, which the
      // second check does not know.
      // NOLINTNEXTLINE(google-explicit-constructor,bugprone-forwarding-reference-overload)
      Result(U&& value)
      : value_(std::in_place, std::forward<U>(value)) {}

  bool ok() const { return value_.has_value(); }
  // Ok when there is a value.
  const Status& status() const { return status_; }

  // There must be a value: the program ends otherwise.
  const T& operator*() const& {
    Require(ok());
    return *value_;
  }
  T& operator*() & {
    Require(ok());
    return *value_;
  }
  T&& operator*() && {
    Require(ok());
    return *std::move(value_);
  }
  const T* operator->() const { return &**this; }
  T* operator->() { return &**this; }

 private:
  static void Require(bool fact) {
    if (!fact) {
      std::abort();
    }
  }

  Status status_;
  std::optional<T> value_;
};

}  // namespace peal
