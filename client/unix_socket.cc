#include "client/unix_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/base/errno_text.h"
#include "fmt/format.h"
#include "peal/error.h"

namespace peal::client {
namespace {

absl::Status ConnectError(const std::string& path, int error) {
  const std::string text =
      fmt::format("cannot reach a peald at {}: {}", path, base::ErrnoText(error));
  switch (error) {
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(text);
    case ENOENT:
    case ECONNREFUSED:
      return UnreachableError(text +
                              "; is peald running? --socket or PEAL_SOCKET name another socket");
    default:
      return UnreachableError(text);
  }
}

// unix(7): SO_SNDTIMEO also bounds connect(2), which waits while the listener's backlog is full.
timeval ToTimeval(std::chrono::milliseconds timeout) {
  // A zero timeval would mean no limit.
  const auto us = std::max(std::chrono::microseconds(timeout), std::chrono::microseconds(1));
  return {.tv_sec = us.count() / 1'000'000, .tv_usec = us.count() % 1'000'000};
}

}  // namespace

void OwnedFd::Reset(int fd) {
  if (fd_ >= 0) {
    close(fd_);
  }
  fd_ = fd;
}

absl::StatusOr<OwnedFd> ConnectUnix(const std::string& path, std::chrono::milliseconds timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(
        fmt::format("the socket path '{}' has {} bytes, 1 to {} are possible", path, path.size(),
                    sizeof(address.sun_path) - 1));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  OwnedFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) {
    return absl::InternalError(fmt::format("socket: {}", base::ErrnoText(errno)));
  }
  const timeval limit = ToTimeval(timeout);
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return ConnectError(path, errno);
  }
  if (fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) {
    return absl::InternalError(fmt::format("fcntl: {}", base::ErrnoText(errno)));
  }
  return fd;
}

}  // namespace peal::client
