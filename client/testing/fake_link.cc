#include "client/testing/fake_link.h"

#include <poll.h>

namespace peal::testing {

Status FakeLink::Wait(int fd, int16_t events, std::chrono::milliseconds timeout) {
  VirtualTime* const time = cluster_->time();
  const int64_t deadline = time->now_us() + std::chrono::microseconds(timeout).count();
  time->RunTo(deadline, [fd, events] {
    pollfd asked{.fd = fd, .events = events, .revents = 0};
    return fd >= 0 && poll(&asked, 1, 0) > 0;
  });
  return {};
}

}  // namespace peal::testing
