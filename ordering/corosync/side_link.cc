#include "ordering/corosync/side_link.h"

#include <poll.h>

#include <algorithm>
#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "core/log.h"
#include "ordering/corosync/nodelist_source.h"
#include "ordering/corosync/quorum_watch.h"

namespace peal::ordering::corosync {

void SideLink::Run() {
  std::chrono::milliseconds delay = kBackOffMin;
  while (!Stopped()) {
    bool was_up = false;
    const absl::Status status = WatchUntilLost(&was_up);
    if (Stopped()) {
      return;
    }
    shared_->queue.PutQuorum(std::nullopt);
    // The CPG thread reports what is lost; this is for the case that only this service is.
    log::Debug("corosync's quorum: {}", std::string(status.message()));
    delay = was_up ? kBackOffMin : delay;
    shared_->side_control.PauseFor(delay);
    delay = std::min(2 * delay, kBackOffMax);
  }
}

absl::Status SideLink::WatchUntilLost(bool* was_up) {
  PEAL_ASSIGN_OR_RETURN(std::unique_ptr<NodelistSource> nodelist, NodelistSource::Open());
  PEAL_RETURN_IF_ERROR(nodelist->Track());
  PEAL_ASSIGN_OR_RETURN(std::unique_ptr<QuorumWatch> quorum,
                        QuorumWatch::Open([this](bool quorate, RingId ring) {
                          shared_->queue.PutQuorum(Quorum{.quorate = quorate, .ring = ring});
                        }));
  *was_up = true;
  while (!Stopped()) {
    pollfd ready[] = {{.fd = quorum->fd(), .events = POLLIN, .revents = 0},
                      {.fd = nodelist->fd(), .events = POLLIN, .revents = 0},
                      {.fd = shared_->side_control.fd(), .events = POLLIN, .revents = 0}};
    (void)poll(ready, 3, -1);  // An interrupted wait is a look at all for nothing.
    if (ready[0].revents != 0) {
      PEAL_RETURN_IF_ERROR(quorum->Dispatch());
    }
    if (ready[1].revents != 0) {
      PEAL_ASSIGN_OR_RETURN(const bool changed, nodelist->Dispatch());
      if (changed) {
        PEAL_ASSIGN_OR_RETURN(Nodelist list, nodelist->Read());
        shared_->queue.PutNodelist(std::move(list));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace peal::ordering::corosync
