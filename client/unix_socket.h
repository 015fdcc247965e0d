// A stream to a unix socket.
#pragma once

#include <chrono>
#include <string>

#include "peal/status.h"

namespace peal::client {

// Closes its descriptor.
class OwnedFd {
 public:
  OwnedFd() = default;
  explicit OwnedFd(int fd) : fd_(fd) {}
  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;
  OwnedFd(OwnedFd&& other) noexcept : fd_(other.Release()) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept {
    Reset(other.Release());
    return *this;
  }
  ~OwnedFd() { Reset(-1); }

  int get() const { return fd_; }
  int Release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  void Reset(int fd);

  int fd_ = -1;
};

// The daemon's socket, of programs that name none. What a program with more rights than its caller
// is told by the environment does not count.
std::string DefaultSocketPath();

// A non-blocking, close-on-exec socket connected to `path`; waits at most `timeout` for room in the
// daemon's backlog. kUnreachable, kNotPermitted, kInvalid for a path too long.
Result<OwnedFd> ConnectUnix(const std::string& path, std::chrono::milliseconds timeout);

}  // namespace peal::client
