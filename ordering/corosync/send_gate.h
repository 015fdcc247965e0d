// Who may call libcpg for what. libcpg has no lock on the ring that requests go through (corosync's
// own users take one lock around everything but dispatch), and every call but dispatch and mcast
// waits for the daemon's answer, for ever if it is stopped. So:
//   * the CPG thread owns the handle: it connects, joins, dispatches, leaves and finalizes;
//   * between Open() and Close() it only dispatches, and the loop's thread may multicast through
//   the gate.
// The lock is held for one multicast or one flip of the gate, never over a call that waits.
#pragma once

#include <corosync/cpg.h>

#include <cstdint>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "core/base/mutex.h"

namespace peal::ordering::corosync {

enum class SendResult : uint8_t {
  kSent,    // In corosync's hands, which may still lose it.
  kBusy,    // Not sent; try again later.
  kClosed,  // Not sent; no group is joined.
  kFailed,  // Not sent; the connection has to be made anew.
};

// Any thread; never blocks.
class SendGate {
 public:
  // `fd` is the handle's.
  void Open(cpg_handle_t handle, int fd);
  void Close();

  // `error`, when kFailed, is what libcpg said.
  SendResult Send(std::string* message, cs_error_t* error);

 private:
  struct Target {
    cpg_handle_t handle;
    int fd;
  };

  base::Mutex mutex_;
  std::optional<Target> target_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace peal::ordering::corosync
