#include "tools/peal/output.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include "core/base/errno_text.h"
#include "fmt/format.h"
#include "tools/peal/exit_code.h"

namespace peal::tool {

std::optional<int> Output::Flush() {
  std::optional<int> ended;
  while (!ended && written_ < buffer_.size()) {
    ended = WriteSome();
  }
  buffer_.clear();
  written_ = 0;
  return ended;
}

std::optional<int> Output::WriteSome() {
  std::array<pollfd, 2> waiting{{{.fd = fd_, .events = POLLOUT, .revents = 0},
                                 {.fd = stop_fd_, .events = POLLIN, .revents = 0}}};
  if (poll(waiting.data(), waiting.size(), -1) < 0) {
    return errno == EINTR ? std::nullopt
                          : std::optional(Fail(kExitIo, fmt::format("poll: {}", errno)));
  }
  if (waiting[0].revents == 0) {
    return waiting[1].revents != 0 ? std::optional<int>(kExitOk) : std::nullopt;
  }
  // A pipe that is ready has room for PIPE_BUF (pipe(7)): such a write never blocks, and a stop is
  // heard.
  const size_t bytes = std::min<size_t>(buffer_.size() - written_, PIPE_BUF);
  const ssize_t wrote = write(fd_, buffer_.data() + written_, bytes);
  if (wrote >= 0) {
    written_ += static_cast<size_t>(wrote);
    return std::nullopt;
  }
  if (errno == EINTR || errno == EAGAIN) {
    return std::nullopt;
  }
  if (errno == EPIPE) {
    return kExitOk;
  }
  return Fail(kExitIo, fmt::format("cannot write: {}", base::ErrnoText(errno)));
}

}  // namespace peal::tool
