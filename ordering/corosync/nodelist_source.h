// A connection to corosync's cmap, for the nodelist.
#pragma once

#include <corosync/cmap.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ordering/types.h"

namespace peal::ordering::corosync {

// One thread at a time. Every call but fd() asks the daemon and waits for its answer without a
// limit: never on the loop's thread.
class NodelistSource {
 public:
  // Unavailable when corosync does not run, ResourceExhausted when it is not ready yet.
  static absl::StatusOr<std::unique_ptr<NodelistSource>> Open();
  ~NodelistSource();
  NodelistSource(const NodelistSource&) = delete;
  NodelistSource& operator=(const NodelistSource&) = delete;

  absl::StatusOr<Nodelist> Read();

  // From now on fd() becomes readable when the nodelist changes at run time.
  absl::Status Track();
  int fd() const { return fd_; }
  // Takes what came on fd(); true when the nodelist may have changed since the last call.
  absl::StatusOr<bool> Dispatch();

 private:
  NodelistSource() = default;

  cmap_handle_t handle_ = 0;
  int fd_ = -1;
  bool changed_ = false;
};

}  // namespace peal::ordering::corosync
