// A connection to corosync's quorum service (libquorum, model v1, which names the ring it speaks
// of).
#pragma once

#include <corosync/quorum.h>

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ordering/types.h"

namespace peal::ordering::corosync {

// One thread at a time. Open() and the destructor ask the daemon and wait for its answer without a
// limit: never on the loop's thread.
class QuorumWatch {
 public:
  // Called from within Dispatch(), at first with what holds now. Without a quorum provider in
  // corosync.conf every ring counts as quorate, as corosync itself has it.
  using Callback = std::function<void(bool quorate, RingId ring)>;

  // Unavailable when corosync does not run, ResourceExhausted when it is not ready yet.
  static absl::StatusOr<std::unique_ptr<QuorumWatch>> Open(Callback callback);
  ~QuorumWatch();
  QuorumWatch(const QuorumWatch&) = delete;
  QuorumWatch& operator=(const QuorumWatch&) = delete;

  int fd() const { return fd_; }
  // Takes what came on fd().
  absl::Status Dispatch();

 private:
  explicit QuorumWatch(Callback callback) : callback_(std::move(callback)) {}

  static void OnNotify(quorum_handle_t handle, uint32_t quorate, quorum_ring_id ring,
                       uint32_t member_count, const uint32_t* members) noexcept;

  const Callback callback_;
  quorum_handle_t handle_ = 0;
  int fd_ = -1;
};

}  // namespace peal::ordering::corosync
