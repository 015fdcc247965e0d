// What a connection has of the outside: the way to a daemon, the time, and how
// to wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "client/unix_socket.h"
#include "core/base/client_publish.h"
#include "peal/status.h"

namespace peal::client {

// Not thread-safe.
class Link {
 public:
  using Clock = std::chrono::steady_clock;

  Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  virtual ~Link() = default;

  virtual Clock::time_point Now() const = 0;
  // What no other client has.
  virtual Result<ClientSession> NewSession() = 0;
  // A new non-blocking stream to the daemon. Codes of ConnectUnix().
  virtual Result<OwnedFd> Connect(std::chrono::milliseconds timeout) = 0;
  // Until `fd` is ready for `events` of poll(2), or something interrupts, at most for `timeout`.
  // An `fd` of -1 is never ready.
  virtual Status Wait(int fd, int16_t events, std::chrono::milliseconds timeout) = 0;
};

// To the daemon that listens at a path.
class UnixLink final : public Link {
 public:
  explicit UnixLink(std::string path) : path_(std::move(path)) {}

  Clock::time_point Now() const override { return Clock::now(); }
  Result<ClientSession> NewSession() override;
  Result<OwnedFd> Connect(std::chrono::milliseconds timeout) override {
    return ConnectUnix(path_, timeout);
  }
  Status Wait(int fd, int16_t events, std::chrono::milliseconds timeout) override;

 private:
  const std::string path_;
};

}  // namespace peal::client
