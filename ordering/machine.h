// The ordering protocol of docs/ordering.md as a value that inputs drive.
//
// It never blocks, logs, reads a clock or calls back. In production ordering/replica is its only
// caller; a test or a simulator is another. Not thread-safe: one owner.
//
// Phases of a node:
//
//   kDetached    no group: before the first view, and after the group was lost
//   kExchanging  a round is on: states are awaited from all of its members
//   kPromising   this round can open an epoch: promises are awaited from a majority of the votes
//   kOpen        the epoch is open: batches of its members become entries
//   kIsolated    this round opens no epoch here: no majority, or this node was left out
//
// A new view, or a new round of it, leads from any phase to kExchanging; a lost group to kDetached.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ordering/acks.h"
#include "ordering/applied.h"
#include "ordering/catch_up.h"
#include "ordering/durability.h"
#include "ordering/exchange.h"
#include "ordering/input.h"
#include "ordering/install.h"
#include "ordering/interests.h"
#include "ordering/log.h"
#include "ordering/outbox.h"
#include "ordering/output.h"
#include "ordering/recovered.h"
#include "ordering/rules.h"
#include "ordering/standing.h"
#include "ordering/streams.h"

namespace peal::ordering {

enum class Phase : uint8_t { kDetached, kExchanging, kPromising, kOpen, kIsolated };

struct MachineOptions {
  Incarnation incarnation;
  JournalId journal;
  QuorumRule quorum = QuorumRule::kMajority;  // As this node is configured.
  Rules rules;
};

class Machine {
 public:
  static constexpr uint32_t kTickMs = 50;
  // A round that is not installed after this is given up for another without the silent members.
  static constexpr uint32_t kRoundTicks = 20;
  // Rounds back off by doubling up to this.
  static constexpr uint32_t kRoundTicksMax = 320;
  // A member that has sent nothing for so long sends an empty message: that it comes back is the
  // only sign that corosync carries us, and it tells the others what is applied here.
  static constexpr uint32_t kHeartbeatTicks = 20;
  // A message of ours that has not come back after this: the group does not carry us.
  static constexpr uint32_t kEchoTicks = 64;
  // A batch that has not come back after this is sent again.
  static constexpr uint32_t kResendTicks = 40;
  static constexpr uint32_t kFetchTicks = 20;

  // Goes on from what the node's journal holds.
  explicit Machine(MachineOptions options, Recovered recovered = {});

  // Takes one input and appends what follows from it to `outputs`, in order.
  void Step(const Input& input, std::vector<Output>* outputs);

  // Whether this node is in the primary component, with the whole log. `why`: what is missing.
  bool IsPrimary(std::string* why) const;
  bool CanSubmit() const;
  // A round is on, or the log is being fetched: neither primary nor cut off.
  bool IsJoining() const;

  // It must not go on in the order: Halt.
  bool halted() const { return halted_; }
  Phase phase() const { return phase_; }
  Epoch epoch() const { return epoch_; }
  const Log& log() const { return log_; }
  Index confirmed() const { return confirmed_; }
  Index durable() const { return durability_.index(); }
  // The applied state, for a checkpoint of the journal.
  proto::Snapshot Snapshot() const;
  const Applied& applied() const { return applied_; }
  const Nodelist& nodelist() const { return nodelist_; }
  const Install& install() const { return install_; }
  // The voters as of the end of this node's log.
  const Voters& voters() const { return log_.end().voters; }
  const Acks& acks() const { return acks_; }
  const Interests& interests() const { return interests_; }
  // Highest number of this node's interest that every daemon came to know which ordered with it;
  // any, while it was in no primary component: nobody ordered with it then.
  InterestNumber known_interest() const { return known_interest_; }
  // Highest globalseq that each member of the view has said it has applied.
  const std::map<NodeId, Sequence>& members_applied() const { return members_applied_; }
  const std::set<NodeId>& view_members() const { return view_members_; }
  NodeId self() const { return self_.node; }
  // Whether it is committed, as far as this node knows.
  bool IsMet(const VoterWish& wish) const;
  // A node's name in the nodelist, or the last one that had it; else its id.
  std::string NameOf(NodeId node) const;

 private:
  // Inputs.
  void On(const Connected& input);
  void On(const ViewChanged& input);
  void On(const QuorumChanged& input);
  void On(const Received& input);
  void On(const Lost& input);
  void On(const Synced& input);
  void On(const Submitted& input);
  void On(const Flush& input);
  void On(const LogRead& input);
  void On(const SnapshotRead& input);
  void On(const HistoryWanted& input);
  void On(const InterestSet& input);
  void On(const WishSet& input);
  void On(const Tick& input);
  void Heartbeat();
  void DropUnconfirmedUnlessKept();

  // Messages (machine_messages.cc).
  proto::Envelope NewEnvelope() const;
  // With a batch as its body, if there is one.
  void Send(proto::Envelope envelope, std::string_view batch = {});
  // Up to where this node's word is good.
  Index Acknowledgeable() const;
  bool HasAckNews() const;
  void SendAckIfNews();
  bool Admissible(const Received& input, const proto::Envelope& envelope);
  void TakeHeader(NodeId sender, const proto::Envelope& envelope);
  void Dispatch(NodeId sender, proto::Envelope* message);
  bool OfOpenEpoch(const proto::Envelope& envelope) const {
    return epoch_open_ && Epoch(envelope.epoch()) == epoch_;
  }
  bool IsOwn(const Received& input, const proto::Envelope& envelope) const;
  void OnState(NodeId sender, const proto::Envelope& envelope);
  void OnRound(const proto::Round& round);
  void OnPromise(NodeId sender, const proto::Envelope& envelope);
  Origins::Verdict Judge(const BatchId& id) const;
  void OnBatch(NodeId sender, const proto::Envelope& envelope, std::string payload);

  // Interest (machine_interest.cc).
  void SendInterest();
  void SendInterestIfDue();
  void TakeInterest(NodeId sender, Interest interest);
  void OnInterest(NodeId sender, const proto::Envelope& envelope);
  void NoteKnownInterest();
  void OnInterestHeard(NodeId sender, const proto::InterestHeard& heard);

  // Views and rounds (machine_view.cc).
  void StartRound(uint32_t round, std::set<NodeId> members);
  void CloseEpoch();
  MemberState OwnState() const;
  void Decide();
  void PromiseIfReady();
  void Open();
  void AdoptBase(const Entry& epoch_entry);
  void AskForRound(std::set<NodeId> members);
  void RoundTick();
  bool HasNewsOfVoters() const;
  bool WantsVoterChange() const;
  bool WantsToBeCounted() const;
  std::set<NodeId> NextRoundMembers() const;
  void Isolate(std::string reason);

  // The open epoch (machine_open.cc).
  void Append(Entry entry);
  void Truncate(Index after);
  void PumpOutbox();
  void Evaluate();
  bool IsOnlyVoterCounted() const;
  void NoteStanding();
  bool LeavesOutWhoIsIn() const;
  void CheckContradictions();
  void CommitUpTo(Index index);
  void OutOfStep(const std::string& why);

  // State transfer (machine_transfer.cc).
  void Fetch();
  void OnFetch(NodeId sender, const proto::Fetch& fetch);
  void OnEntries(NodeId sender, const proto::Entries& entries);
  bool TakeHistory(const proto::LogEntry& entry);
  void OnSnapshotPiece(const proto::SnapshotPiece& piece);
  void TakeSnapshot(proto::Snapshot snapshot);
  void FinishCatchUp();
  bool MayHaveParted() const;
  bool DropAfter(Index index);
  void Overtaken(std::string_view why);
  void HaltWith(Halt halt);

  void Emit(Output output) { outputs_->push_back(std::move(output)); }
  void Note(std::string text) { Emit(Notice{std::move(text)}); }

  const MachineOptions options_;
  std::vector<Output>* outputs_ = nullptr;  // Only within Step().

  // Where we are.
  Phase phase_ = Phase::kDetached;
  std::string reason_ = "waiting for corosync";  // Why not primary.
  bool halted_ = false;
  Process self_;
  Nodelist nodelist_;
  std::map<NodeId, std::string> names_;  // Of all nodes that a nodelist has named.
  RingId ring_;
  std::vector<Process> view_;
  std::set<NodeId> view_members_;
  uint64_t view_digest_ = 0;
  bool quorate_ = false;
  RingId quorum_ring_;
  Standing standing_;

  // This view and round.
  int64_t view_time_us_ = 0;
  Exchange exchange_;
  Install install_;
  uint32_t round_seen_ = 0;  // Highest number any member has used in this view.
  bool left_out_ = false;
  bool promised_here_ = false;
  bool out_of_step_ = false;
  uint32_t round_ticks_left_ = 0;
  uint32_t round_patience_ = kRoundTicks;
  Streams streams_;
  uint64_t seq_ = 0;            // Of the last message sent.
  uint64_t seq_delivered_ = 0;  // Of the last own message delivered.
  uint64_t state_seq_ = 0;      // Of this round's own State.
  uint32_t silent_ticks_ = 0;   // Since this node sent its last message.
  uint32_t echo_ticks_ = 0;     // Since an own message is awaited and none came.

  // The log.
  Log log_;
  Index confirmed_;
  Index echoed_;
  Durability durability_;
  Applied applied_;
  Epoch promised_;

  // The open epoch.
  bool epoch_open_ = false;
  Epoch epoch_;  // The last one that was open here.
  Index epoch_index_;
  Index next_index_;
  Origins origins_;
  Acks acks_;
  Index acked_;             // Highest index this node has acknowledged in this epoch.
  uint64_t ack_seq_ = 0;    // Of the last message that was an ack alone.
  Journals contradicting_;  // Members whose acks contradict this log, as last noted.
  std::map<NodeId, Sequence> members_applied_;
  CatchUp catch_up_;
  Outbox outbox_;
  uint32_t resend_ticks_ = 0;

  std::optional<VoterWish> wish_;
  Interests interests_;
  uint64_t interest_seq_ = 0;  // Of the last message with this node's interest alone.
  bool interest_due_ = false;  // It has changed since.
  InterestNumber known_interest_;
};

// Halts when a fact about the machine that must always hold does not. For tests and simulation
// after every step; cheap enough for production too.
void CheckInvariants(const Machine& machine);

}  // namespace peal::ordering
