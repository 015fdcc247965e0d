#include "ordering/corosync/cpg_link.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "ordering/corosync/cs_status.h"
#include "ordering/corosync/nodelist_source.h"

namespace peal::ordering::corosync {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::vector<Process> Processes(const cpg_address* list, size_t count) {
  std::vector<Process> processes;
  processes.reserve(count);
  for (size_t i = 0; i < count; i++) {
    processes.push_back({.node = NodeId(list[i].nodeid), .pid = list[i].pid});
  }
  return processes;
}

bool NamesRing(const cpg_address* list, size_t count) {
  return std::any_of(list, list + count, [](const cpg_address& address) {
    return address.reason == CPG_REASON_NODEDOWN || address.reason == CPG_REASON_NODEUP;
  });
}

}  // namespace

CpgLink::CpgLink(std::shared_ptr<LinkShared> shared, std::string group_name)
    : shared_(std::move(shared)) {
  PEAL_CHECK(group_name.size() < CPG_MAX_NAME_LENGTH);
  // Without the NUL at the end: corosync compares length and bytes.
  group_.length = static_cast<uint32_t>(group_name.size());
  std::memcpy(group_.value, group_name.data(), group_name.size());
}

void CpgLink::Run() {
  milliseconds delay = kBackOffMin;
  while (!Asked(Wish::kLeave)) {
    shared_->cpg_control.Reconnected();
    in_view_ = false;
    broken_ = absl::OkStatus();
    absl::Status status = Connect();
    if (status.ok()) {
      status = Drain();
    }
    shared_->gate.Close();
    if (!status.ok()) {
      shared_->queue.PushLast(Lost{std::string(status.message())});
    }
    Disconnect();
    if (Asked(Wish::kLeave)) {
      return;
    }
    delay = in_view_ ? kBackOffMin : delay;
    WaitToReconnect(delay);
    delay = std::min(2 * delay, kBackOffMax);
  }
}

absl::Status CpgLink::Connect() {
  absl::StatusOr<std::unique_ptr<NodelistSource>> source = NodelistSource::Open();
  PEAL_RETURN_IF_ERROR(source.status());
  PEAL_ASSIGN_OR_RETURN(Nodelist nodelist, (*source)->Read());
  cpg_model_v1_data_t model{.model = CPG_MODEL_V1,
                            .cpg_deliver_fn = DeliverFn,
                            .cpg_confchg_fn = ConfchgFn,
                            .cpg_totem_confchg_fn = RingFn,
                            .flags = CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF};
  PEAL_RETURN_IF_ERROR(
      CsStatus(cpg_model_initialize(&handle_, CPG_MODEL_V1,
                                    reinterpret_cast<cpg_model_data_t*>(&model), this),
               "cpg_model_initialize"));
  connected_ = true;
  unsigned int node = 0;
  PEAL_RETURN_IF_ERROR(CsStatus(cpg_local_get(handle_, &node), "cpg_local_get"));
  PEAL_RETURN_IF_ERROR(CsStatus(cpg_fd_get(handle_, &fd_), "cpg_fd_get"));
  const Process self{.node = NodeId(node), .pid = static_cast<uint32_t>(getpid())};
  tracker_.emplace(self);
  Push(Connected{.self = self, .nodelist = std::move(nodelist)});
  PEAL_RETURN_IF_ERROR(Join());
  shared_->gate.Open(handle_, fd_);
  return absl::OkStatus();
}

// Corosync says "try again" while an older leave of this process has not come back to it.
absl::Status CpgLink::Join() {
  const auto deadline = steady_clock::now() + kJoinTimeMax;
  cs_error_t error = cpg_join(handle_, &group_);
  while (error == CS_ERR_TRY_AGAIN && steady_clock::now() < deadline && !Asked(Wish::kLeave)) {
    shared_->cpg_control.PauseFor(kJoinRetry);
    error = cpg_join(handle_, &group_);
  }
  return CsStatus(error, "cpg_join");
}

absl::Status CpgLink::Drain() {
  while (!Asked(Wish::kStop)) {
    if (Asked(Wish::kLeave)) {
      Leave();
      return absl::OkStatus();
    }
    if (Asked(Wish::kReconnect)) {
      return absl::UnavailableError("a message could not be sent; connecting again");
    }
    pollfd ready[] = {{.fd = fd_, .events = POLLIN, .revents = 0},
                      {.fd = shared_->cpg_control.fd(), .events = POLLIN, .revents = 0}};
    (void)poll(ready, 2, -1);  // An interrupted wait is a look at both for nothing.
    if (ready[1].revents != 0) {
      shared_->cpg_control.ClearWakeup();
    }
    if (ready[0].revents != 0) {
      PEAL_RETURN_IF_ERROR(DispatchSome());
    }
  }
  return absl::OkStatus();
}

absl::Status CpgLink::DispatchSome() {
  for (int i = 0; i < kDispatchMax; i++) {
    const cs_error_t error = cpg_dispatch(handle_, CS_DISPATCH_ONE_NONBLOCKING);
    if (error == CS_ERR_TRY_AGAIN) {
      return absl::OkStatus();
    }
    if (error == CS_ERR_LIBRARY || error == CS_ERR_BAD_HANDLE) {
      return absl::UnavailableError("the connection to corosync is lost");
    }
    PEAL_RETURN_IF_ERROR(CsStatus(error, "cpg_dispatch"));
    PEAL_RETURN_IF_ERROR(broken_);
  }
  return absl::OkStatus();
}

// Without the wait for one's own leave, what was sent last could end with the connection.
void CpgLink::Leave() {
  shared_->gate.Close();
  leaving_ = true;
  const auto deadline = steady_clock::now() + kLeaveTimeMax;
  cs_error_t error = cpg_leave(handle_, &group_);
  while (error == CS_ERR_TRY_AGAIN && steady_clock::now() < deadline && !Asked(Wish::kStop)) {
    shared_->cpg_control.PauseFor(kJoinRetry);
    error = cpg_leave(handle_, &group_);
  }
  absl::Status status = CsStatus(error, "cpg_leave");
  while (status.ok() && tracker_->joined() && !Asked(Wish::kStop) &&
         steady_clock::now() < deadline) {
    pollfd ready{.fd = fd_, .events = POLLIN, .revents = 0};
    if (poll(&ready, 1, static_cast<int>(kJoinRetry.count())) > 0) {
      status = DispatchSome();
    }
  }
  shared_->queue.PushLast(Left{});
}

void CpgLink::Disconnect() {
  if (connected_) {
    connected_ = false;
    // Frees our side even when it fails.
    (void)cpg_finalize(handle_);
  }
}

// A daemon that could not keep up comes back when it has caught up with what it was given.
void CpgLink::WaitToReconnect(milliseconds delay) {
  shared_->cpg_control.PauseFor(delay);
  while (!Asked(Wish::kLeave) && !shared_->queue.WaitEmpty(kBackOffMin)) {
  }
}

void CpgLink::Push(LinkEvent event) {
  if (broken_.ok() && !shared_->queue.Push(std::move(event))) {
    broken_ = absl::ResourceExhaustedError(
        "this daemon cannot keep up with the group and left it; it comes back when it has caught "
        "up");
  }
}

void CpgLink::OnDeliver(Process sender, std::string_view bytes) {
  // CPG delivers messages of any process of a node that has a member.
  if (tracker_->InView(sender)) {
    Push(Delivery{.sender = sender, .bytes = std::string(bytes)});
  }
}

void CpgLink::OnMembers(const std::vector<Process>& members, const std::vector<Process>& joined,
                        MembershipCause cause) {
  const bool was_joined = tracker_->joined();
  std::optional<View> view = tracker_->OnMembers(members, joined, cause);
  if (was_joined && !tracker_->joined() && !leaving_) {
    broken_ = absl::UnavailableError("corosync removed this process from the group");
  }
  if (view.has_value()) {
    in_view_ = true;
    Push(std::move(*view));
  }
}

void CpgLink::OnRing(RingId ring, const std::vector<NodeId>& nodes) {
  std::optional<View> view = tracker_->OnRing(ring, nodes);
  if (view.has_value()) {
    in_view_ = true;
    Push(std::move(*view));
  }
}

CpgLink* CpgLink::Self(cpg_handle_t handle) {
  void* context = nullptr;
  return cpg_context_get(handle, &context) == CS_OK ? static_cast<CpgLink*>(context) : nullptr;
}

// The parameters of the callbacks are corosync's.
// NOLINTBEGIN(readability-function-size)
void CpgLink::DeliverFn(cpg_handle_t handle, const cpg_name*, uint32_t node, uint32_t pid,
                        void* message, size_t bytes) noexcept {
  CpgLink* link = Self(handle);
  if (link != nullptr) {
    link->OnDeliver({.node = NodeId(node), .pid = pid}, {static_cast<const char*>(message), bytes});
  }
}

void CpgLink::ConfchgFn(cpg_handle_t handle, const cpg_name*, const cpg_address* members,
                        size_t member_count, const cpg_address* left, size_t left_count,
                        const cpg_address* joined, size_t joined_count) noexcept {
  CpgLink* link = Self(handle);
  if (link != nullptr) {
    const bool ring = NamesRing(left, left_count) || NamesRing(joined, joined_count);
    link->OnMembers(Processes(members, member_count), Processes(joined, joined_count),
                    ring ? MembershipCause::kRing : MembershipCause::kProcess);
  }
}
// NOLINTEND(readability-function-size)

void CpgLink::RingFn(cpg_handle_t handle, cpg_ring_id ring, uint32_t node_count,
                     const uint32_t* nodes) noexcept {
  CpgLink* link = Self(handle);
  if (link != nullptr) {
    std::vector<NodeId> list;
    list.reserve(node_count);
    for (uint32_t i = 0; i < node_count; i++) {
      list.emplace_back(nodes[i]);
    }
    link->OnRing({.node = NodeId(ring.nodeid), .seq = ring.seq}, list);
  }
}

}  // namespace peal::ordering::corosync
