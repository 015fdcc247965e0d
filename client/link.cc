#include "client/link.h"

#include <poll.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>

#include "core/base/errno_text.h"
#include "fmt/format.h"

namespace peal::client {

Result<ClientSession> UnixLink::NewSession() {
  ClientSession session{};
  if (getrandom(session.data(), session.size(), 0) != static_cast<ssize_t>(session.size())) {
    return Status(ErrorKind::kOther, fmt::format("getrandom: {}", base::ErrnoText(errno)));
  }
  return session;
}

Status UnixLink::Wait(int fd, int16_t events, std::chrono::milliseconds timeout) {
  pollfd waiting{.fd = fd, .events = events, .revents = 0};
  const auto wait_ms =
      static_cast<int>(std::min<std::chrono::milliseconds::rep>(timeout.count(), INT32_MAX));
  // A signal is a reason to return: the caller may have been waiting for it.
  if (poll(&waiting, 1, wait_ms) < 0 && errno != EINTR) {
    return {ErrorKind::kUnreachable, fmt::format("poll: {}", base::ErrnoText(errno))};
  }
  return {};
}

}  // namespace peal::client
