#include "ordering/corosync/quorum_watch.h"

#include "core/base/status_macros.h"
#include "ordering/corosync/cs_status.h"

namespace peal::ordering::corosync {
namespace {

// libquorum calls it for every change of the list, so it has to be there.
void OnNodes(quorum_handle_t, quorum_ring_id, uint32_t, const uint32_t*, uint32_t, const uint32_t*,
             uint32_t, const uint32_t*) noexcept {}

}  // namespace

absl::StatusOr<std::unique_ptr<QuorumWatch>> QuorumWatch::Open(Callback callback) {
  std::unique_ptr<QuorumWatch> watch(new QuorumWatch(std::move(callback)));
  quorum_model_v1_data_t model{
      .model = QUORUM_MODEL_V1, .quorum_notify_fn = OnNotify, .nodelist_notify_fn = OnNodes};
  uint32_t type = QUORUM_FREE;
  PEAL_RETURN_IF_ERROR(CsStatus(
      quorum_model_initialize(&watch->handle_, QUORUM_MODEL_V1,
                              reinterpret_cast<quorum_model_data_t*>(&model), &type, watch.get()),
      "quorum_model_initialize"));
  PEAL_RETURN_IF_ERROR(CsStatus(quorum_fd_get(watch->handle_, &watch->fd_), "quorum_fd_get"));
  PEAL_RETURN_IF_ERROR(CsStatus(
      quorum_trackstart(watch->handle_, CS_TRACK_CHANGES | CS_TRACK_CURRENT), "quorum_trackstart"));
  return watch;
}

QuorumWatch::~QuorumWatch() {
  if (handle_ != 0) {
    quorum_finalize(handle_);
  }
}

absl::Status QuorumWatch::Dispatch() {
  return CsStatus(quorum_dispatch(handle_, CS_DISPATCH_ALL), "quorum_dispatch");
}

void QuorumWatch::OnNotify(quorum_handle_t handle, uint32_t quorate, quorum_ring_id ring, uint32_t,
                           const uint32_t*) noexcept {
  const void* context = nullptr;
  if (quorum_context_get(handle, &context) == CS_OK) {
    static_cast<const QuorumWatch*>(context)->callback_(
        quorate != 0, RingId{.node = NodeId(ring.nodeid), .seq = ring.seq});
  }
}

}  // namespace peal::ordering::corosync
