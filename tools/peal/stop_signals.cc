#include "tools/peal/stop_signals.h"

#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

#include "core/base/check.h"

namespace peal::tool {
namespace {

sigset_t Both() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

StopSignals::StopSignals() {
  const sigset_t both = Both();
  pthread_sigmask(SIG_BLOCK, &both, nullptr);
  fd_ = signalfd(-1, &both, SFD_CLOEXEC | SFD_NONBLOCK);
  // Fails only without descriptors or memory, at the start of a program.
  PEAL_CHECK(fd_ >= 0);
}

StopSignals::~StopSignals() {
  close(fd_);
}

bool StopSignals::stopped() const {
  // The signal is left pending, so that whoever polls next sees it too.
  pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
  return poll(&waiting, 1, 0) > 0;
}

}  // namespace peal::tool
