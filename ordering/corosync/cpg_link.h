// The CPG thread's work: connect, join, drain, and again when the connection is lost.
#pragma once

#include <corosync/cpg.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "ordering/corosync/event_queue.h"
#include "ordering/corosync/helper_thread.h"
#include "ordering/corosync/send_gate.h"
#include "ordering/corosync/view_tracker.h"

namespace peal::ordering::corosync {

// What the CPG thread and the loop's thread share; each holds it, since a CPG thread that
// corosync's library blocks outlives the group.
struct LinkShared {
  LinkShared(EventQueue::Limits limits, std::function<void()> wake)
      : queue(limits, std::move(wake)) {}

  EventQueue queue;
  SendGate gate;
  ThreadControl cpg_control;
  ThreadControl side_control;
};

// Runs on one thread of its own; its callbacks only copy into the queue. One thread connects, joins
// and drains: corosync answers the join before it sends the group's first event, and whatever comes
// while a call waits is kept by corosync.
//
//   connecting --ok--> joining --ok--> draining --kLeave--> leaving --own leave, or 1 s--> end
//       ^                 |               |
//       +----- back off, once the queue is drained: connection lost, queue full, removed from the
//       group
class CpgLink {
 public:
  CpgLink(std::shared_ptr<LinkShared> shared, std::string group_name);
  ~CpgLink() = default;
  CpgLink(const CpgLink&) = delete;
  CpgLink& operator=(const CpgLink&) = delete;

  // Until Wish::kStop, or Wish::kLeave was carried out.
  void Run();

 private:
  static constexpr std::chrono::milliseconds kBackOffMin{100};
  static constexpr std::chrono::milliseconds kBackOffMax{2000};
  static constexpr std::chrono::milliseconds kJoinRetry{20};
  static constexpr std::chrono::milliseconds kJoinTimeMax{10'000};
  static constexpr std::chrono::milliseconds kLeaveTimeMax{1000};
  // Events between two looks at what is asked.
  static constexpr int kDispatchMax = 64;

  absl::Status Connect();
  absl::Status Join();
  // Returns why the connection has to end; Ok: as asked.
  absl::Status Drain();
  absl::Status DispatchSome();
  void Leave();
  void Disconnect();
  void WaitToReconnect(std::chrono::milliseconds delay);
  void Push(LinkEvent event);
  bool Asked(Wish wish) const { return shared_->cpg_control.wish() >= wish; }

  void OnDeliver(Process sender, std::string_view bytes);
  void OnMembers(const std::vector<Process>& members, const std::vector<Process>& joined,
                 MembershipCause cause);
  void OnRing(RingId ring, const std::vector<NodeId>& nodes);

  // libcpg's callbacks.
  static CpgLink* Self(cpg_handle_t handle);
  static void DeliverFn(cpg_handle_t handle, const cpg_name* group, uint32_t node, uint32_t pid,
                        void* message, size_t bytes) noexcept;
  static void ConfchgFn(cpg_handle_t handle, const cpg_name* group, const cpg_address* members,
                        size_t member_count, const cpg_address* left, size_t left_count,
                        const cpg_address* joined, size_t joined_count) noexcept;
  static void RingFn(cpg_handle_t handle, cpg_ring_id ring, uint32_t node_count,
                     const uint32_t* nodes) noexcept;

  const std::shared_ptr<LinkShared> shared_;
  cpg_name group_{};
  cpg_handle_t handle_ = 0;
  bool connected_ = false;
  int fd_ = -1;
  std::optional<ViewTracker> tracker_;
  bool in_view_ = false;  // A view was made since the last connection.
  bool leaving_ = false;
  absl::Status broken_;  // Why this process must leave the group; set by callbacks.
};

}  // namespace peal::ordering::corosync
