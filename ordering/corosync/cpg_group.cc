#include "ordering/corosync/cpg_group.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/base/check.h"
#include "core/log.h"
#include "ordering/corosync/cs_status.h"
#include "ordering/corosync/side_link.h"

namespace peal::ordering::corosync {

CpgGroup::CpgGroup(io::Loop* loop, CpgGroupOptions options)
    : loop_(loop),
      options_(std::move(options)),
      alive_(std::make_shared<bool>(true)),
      shared_(MakeShared()) {}

CpgGroup::~CpgGroup() {
  EndThreads();
}

std::shared_ptr<LinkShared> CpgGroup::MakeShared() {
  return std::make_shared<LinkShared>(options_.queue, [this, alive = std::weak_ptr<bool>(alive_)] {
    loop_->Post([this, alive] {
      if (!alive.expired()) {
        TakeEvents();
      }
    });
  });
}

void CpgGroup::EndThreads() {
  shared_->queue.Close();
  shared_->gate.Close();
  shared_->cpg_control.Ask(Wish::kStop);
  shared_->side_control.Ask(Wish::kStop);
  for (HelperThread* thread : {cpg_thread_.get(), side_thread_.get()}) {
    if (thread != nullptr && !thread->Join(kEndTimeMax)) {
      log::Warn("corosync does not answer: ending without it");
    }
  }
}

void CpgGroup::Start(GroupSink* sink) {
  PEAL_CHECK(sink_ == nullptr || leave_phase_ == LeavePhase::kLeft);
  if (leave_phase_ == LeavePhase::kLeft) {
    EndThreads();
    shared_ = MakeShared();
    self_.reset();
    quorum_.reset();
    lost_reason_.clear();
    assembler_.Clear();
    in_view_ = false;
    leave_phase_ = LeavePhase::kNone;
  }
  sink_ = sink;
  cpg_thread_ = std::make_unique<HelperThread>(
      [shared = shared_, name = options_.name] { CpgLink(shared, name).Run(); });
  side_thread_ = std::make_unique<HelperThread>([shared = shared_] { SideLink(shared).Run(); });
  WatchSilence();
}

void CpgGroup::Multicast(std::string message) {
  if (!in_view_ || leave_phase_ != LeavePhase::kNone) {
    return;
  }
  for (std::string& piece : CutIntoPieces(message, ++message_number_)) {
    backlog_bytes_ += piece.size();
    backlog_.push_back(std::move(piece));
  }
  if (retry_ == nullptr) {
    Flush();
  }
}

void CpgGroup::Leave(std::function<void()> done) {
  PEAL_CHECK(leave_phase_ == LeavePhase::kNone);
  leave_phase_ = LeavePhase::kFlushing;
  leave_done_ = std::move(done);
  if (!in_view_) {
    FinishLeave();
    return;
  }
  leave_timer_ = loop_->After(kFlushTimeMax, [this] { AskToLeave(); });
  if (backlog_.empty()) {
    AskToLeave();
  }
}

void CpgGroup::TakeEvents() {
  EventBatch batch = shared_->queue.Take(kTakeMax);
  if (leave_phase_ == LeavePhase::kLeft) {
    batch = {.more = batch.more};
  }
  if (batch.nodelist.has_value()) {
    OnNodelistNews(std::move(*batch.nodelist));
  }
  if (batch.quorum.has_value()) {
    OnQuorumNews(*batch.quorum);
  }
  for (LinkEvent& event : batch.events) {
    std::visit([this](auto& known) { On(known); }, event);
  }
  if (batch.more) {
    loop_->Post([this, alive = std::weak_ptr<bool>(alive_)] {
      if (!alive.expired()) {
        TakeEvents();
      }
    });
  }
}

void CpgGroup::On(Connected& event) {
  silence_.reset();
  lost_reason_.clear();
  self_ = event.self;
  nodelist_ = std::move(event.nodelist);
  sink_->OnConnected(*self_, nodelist_);
  if (quorum_.has_value()) {
    sink_->OnQuorum(quorum_->quorate, quorum_->ring);
  }
}

void CpgGroup::On(View& event) {
  // The pieces so far may have reached others, or us, only in part.
  assembler_.Clear();
  in_view_ = true;
  sink_->OnView(event.ring, event.members);
}

void CpgGroup::On(Delivery& event) {
  const std::optional<std::string_view> message = assembler_.Add(event.sender, event.bytes);
  if (message.has_value()) {
    sink_->OnMessage(event.sender, *message);
  }
  if (assembler_.dropped_count() != reported_drops_) {
    reported_drops_ = assembler_.dropped_count();
    log::Debug("a piece of a message of node {} was dropped ({} so far): torn by a change of view",
               event.sender.node.value(), reported_drops_);
  }
}

void CpgGroup::On(Lost& event) {
  self_.reset();
  in_view_ = false;
  assembler_.Clear();
  DropBacklog();
  if (leave_phase_ != LeavePhase::kNone) {
    FinishLeave();
    return;
  }
  ReportLost("waiting for corosync: " + event.reason);
  WatchSilence();
}

void CpgGroup::On(Left&) {
  in_view_ = false;
  FinishLeave();
}

void CpgGroup::OnQuorumNews(std::optional<Quorum> quorum) {
  if (quorum == quorum_) {
    return;
  }
  const RingId ring = quorum_.has_value() ? quorum_->ring : RingId{};
  quorum_ = quorum;
  if (self_.has_value()) {
    // What is not known does not count as quorate.
    sink_->OnQuorum(quorum.has_value() && quorum->quorate,
                    quorum.has_value() ? quorum->ring : ring);
  }
}

void CpgGroup::OnNodelistNews(Nodelist nodelist) {
  if (!self_.has_value() || nodelist == nodelist_) {
    return;
  }
  nodelist_ = std::move(nodelist);
  sink_->OnConnected(*self_, nodelist_);
}

// Every failed attempt tells why; the sink hears of it when it is news.
void CpgGroup::ReportLost(const std::string& reason) {
  if (reason != lost_reason_) {
    lost_reason_ = reason;
    log::Warn("{}", reason);
    sink_->OnLost(reason);
  }
}

void CpgGroup::WatchSilence() {
  silence_ =
      loop_->After(kSilenceMax, [this] { ReportLost("corosync does not answer: is it stopped?"); });
}

void CpgGroup::Flush() {
  retry_.reset();
  cs_error_t error = CS_OK;
  while (!backlog_.empty()) {
    switch (shared_->gate.Send(&backlog_.front(), &error)) {
      case SendResult::kSent:
        backlog_bytes_ -= backlog_.front().size();
        backlog_.pop_front();
        retry_count_ = 0;
        break;
      case SendResult::kBusy:
        RetryLater();
        return;
      case SendResult::kClosed:
        // Lost is on its way, and drops the backlog in its place in the stream.
        return;
      case SendResult::kFailed:
        log::Warn("sending to the group: {}", CsErrorText(error));
        shared_->cpg_control.Ask(Wish::kReconnect);
        return;
    }
  }
  if (leave_phase_ == LeavePhase::kFlushing) {
    AskToLeave();
  }
}

void CpgGroup::RetryLater() {
  const int doublings = std::clamp(retry_count_ - kQuickTries, 0, 6);
  retry_count_++;
  retry_ = loop_->After(std::min(kRetryMin * (1 << doublings), kRetryMax), [this] { Flush(); });
}

void CpgGroup::DropBacklog() {
  retry_.reset();
  retry_count_ = 0;
  backlog_.clear();
  backlog_bytes_ = 0;
}

void CpgGroup::AskToLeave() {
  if (leave_phase_ != LeavePhase::kFlushing) {
    return;
  }
  leave_phase_ = LeavePhase::kAsked;
  DropBacklog();
  shared_->cpg_control.Ask(Wish::kLeave);
  leave_timer_ = loop_->After(kLeaveTimeMax, [this] { FinishLeave(); });
}

void CpgGroup::FinishLeave() {
  if (leave_phase_ == LeavePhase::kLeft) {
    return;
  }
  leave_phase_ = LeavePhase::kLeft;
  leave_timer_.reset();
  silence_.reset();
  DropBacklog();
  shared_->cpg_control.Ask(Wish::kStop);
  loop_->Post(std::move(leave_done_));
}

}  // namespace peal::ordering::corosync
