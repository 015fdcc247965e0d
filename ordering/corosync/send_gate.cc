#include "ordering/corosync/send_gate.h"

#include <poll.h>
#include <sys/uio.h>

namespace peal::ordering::corosync {
namespace {

bool IsWritable(int fd) {
  pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
  return poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0;
}

}  // namespace

void SendGate::Open(cpg_handle_t handle, int fd) {
  const base::MutexLock lock(&mutex_);
  target_ = Target{.handle = handle, .fd = fd};
}

void SendGate::Close() {
  const base::MutexLock lock(&mutex_);
  target_.reset();
}

SendResult SendGate::Send(std::string* message, cs_error_t* error) {
  const base::MutexLock lock(&mutex_);
  if (!target_.has_value()) {
    return SendResult::kClosed;
  }
  // With each request libqb sends a byte over this socket and spins until it is taken (libqb
  // lib/ipcc.c, qb_ipcc_sendv): with a stopped corosync, for ever. A socket that polls as writable
  // takes it at once.
  if (!IsWritable(target_->fd)) {
    return SendResult::kBusy;
  }
  const iovec part{.iov_base = message->data(), .iov_len = message->size()};
  *error = cpg_mcast_joined(target_->handle, CPG_TYPE_AGREED, &part, 1);
  switch (*error) {
    case CS_OK:
      return SendResult::kSent;
    case CS_ERR_TRY_AGAIN:
      return SendResult::kBusy;
    default:
      return SendResult::kFailed;
  }
}

}  // namespace peal::ordering::corosync
