// A closed process group on corosync's CPG.
//
// Three threads: the loop's thread owns this object and sends (send_gate.h); the CPG thread
// connects, drains CPG at once and copies into a bounded queue (cpg_link.h); the side thread
// watches quorum and the nodelist (side_link.h). Whatever waits for corosync's answer, and so for
// ever if corosync is stopped, runs on one of the latter two. When the queue is full this process
// leaves the group before corosync drowns in what it has to keep for it, and comes back when the
// queue is drained.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/io/loop.h"
#include "ordering/corosync/cpg_link.h"
#include "ordering/corosync/event_queue.h"
#include "ordering/corosync/fragment.h"
#include "ordering/corosync/helper_thread.h"
#include "ordering/replica/group.h"

namespace peal::ordering::corosync {

struct CpgGroupOptions {
  // Short, printable, without NUL: corosync mixes up "x" and "x\0".
  std::string name = "peal";
  // What the group delivered and the loop has not yet taken.
  EventQueue::Limits queue{.entries = 65'536, .bytes = 64 << 20};
};

// Loop thread only. The loop and the sink outlive the group.
class CpgGroup : public Group {
 public:
  explicit CpgGroup(io::Loop* loop, CpgGroupOptions options = {});
  // Waits at most kEndTimeMax for its threads.
  ~CpgGroup() override;
  CpgGroup(const CpgGroup&) = delete;
  CpgGroup& operator=(const CpgGroup&) = delete;

  // Group: ordering/replica/group.h. A message is 1 to kMessageBytesMax bytes.
  void Start(GroupSink* sink) override;
  void Multicast(std::string message) override;
  size_t backlog_bytes() const override { return backlog_bytes_; }
  void Leave(std::function<void()> done) override;

 private:
  // Of events a wake-up, so that clients get their turn.
  static constexpr EventQueue::Limits kTakeMax{.entries = 256, .bytes = 1 << 20};
  static constexpr std::chrono::milliseconds kRetryMin{1};
  static constexpr std::chrono::milliseconds kRetryMax{50};
  // Tries at kRetryMin before the time doubles: a full queue is shorter by then, a change of ring
  // is not.
  static constexpr int kQuickTries = 5;
  // An attempt to connect that lasts longer is reported: corosync does not answer.
  static constexpr std::chrono::milliseconds kSilenceMax{3000};
  static constexpr std::chrono::milliseconds kFlushTimeMax{1000};
  static constexpr std::chrono::milliseconds kLeaveTimeMax{1500};
  static constexpr std::chrono::milliseconds kEndTimeMax{500};

  std::shared_ptr<LinkShared> MakeShared();
  void EndThreads();
  void TakeEvents();
  void On(Connected& event);
  void On(View& event);
  void On(Delivery& event);
  void On(Lost& event);
  void On(Left& event);
  void OnQuorumNews(std::optional<Quorum> quorum);
  void OnNodelistNews(Nodelist nodelist);
  void ReportLost(const std::string& reason);
  void WatchSilence();

  void Flush();
  void RetryLater();
  void DropBacklog();
  void AskToLeave();
  void FinishLeave();

  io::Loop* const loop_;
  const CpgGroupOptions options_;
  GroupSink* sink_ = nullptr;
  // Tells a wake-up that is still on its way whether the group is there.
  const std::shared_ptr<bool> alive_;
  std::shared_ptr<LinkShared> shared_;  // Of this start.
  std::unique_ptr<HelperThread> cpg_thread_;
  std::unique_ptr<HelperThread> side_thread_;

  std::optional<Process> self_;  // While connected.
  Nodelist nodelist_;
  std::optional<Quorum> quorum_;
  bool in_view_ = false;
  std::string lost_reason_;  // Reported last; empty when connected since.
  std::unique_ptr<io::Registration> silence_;

  Assembler assembler_;
  uint64_t reported_drops_ = 0;
  uint32_t message_number_ = 0;
  std::deque<std::string> backlog_;  // Pieces, in order.
  size_t backlog_bytes_ = 0;
  int retry_count_ = 0;
  std::unique_ptr<io::Registration> retry_;

  enum class LeavePhase : uint8_t { kNone, kFlushing, kAsked, kLeft };
  LeavePhase leave_phase_ = LeavePhase::kNone;
  std::function<void()> leave_done_;
  std::unique_ptr<io::Registration> leave_timer_;
};

}  // namespace peal::ordering::corosync
