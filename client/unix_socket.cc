#include "client/unix_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/base/errno_text.h"
#include "fmt/format.h"

namespace peal::client {
namespace {

Status ConnectError(const std::string& path, int error) {
  const std::string text =
      fmt::format("cannot reach a peald at {}: {}", path, base::ErrnoText(error));
  switch (error) {
    case EACCES:
    case EPERM:
      return Status(ErrorKind::kNotPermitted, text);
    case ENOENT:
    case ECONNREFUSED:
      return Status(ErrorKind::kUnreachable,
                    text + "; is peald running? --socket or PEAL_SOCKET name another socket");
    default:
      return Status(ErrorKind::kUnreachable, text);
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

std::string DefaultSocketPath() {
  const char* const named = secure_getenv("PEAL_SOCKET");
  const bool names_one = named != nullptr && *named != '\0';
  return names_one ? named : "/run/peal/peal.sock";
}

Result<OwnedFd> ConnectUnix(const std::string& path, std::chrono::milliseconds timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return Status(ErrorKind::kInvalid,
                  fmt::format("the socket path '{}' has {} bytes, 1 to {} are possible", path,
                              path.size(), sizeof(address.sun_path) - 1));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  OwnedFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) {
    return Status(ErrorKind::kOther, fmt::format("socket: {}", base::ErrnoText(errno)));
  }
  const timeval limit = ToTimeval(timeout);
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return ConnectError(path, errno);
  }
  if (fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) {
    return Status(ErrorKind::kOther, fmt::format("fcntl: {}", base::ErrnoText(errno)));
  }
  return fd;
}

}  // namespace peal::client
