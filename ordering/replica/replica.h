// Carries the machine's outputs out, and brings it its inputs. Decides nothing about the order.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/ticket_table.h"
#include "core/io/loop.h"
#include "core/journal/journal.h"
#include "core/journal/upkeep.h"
#include "core/server/order.h"
#include "ordering/machine.h"
#include "ordering/replica/group.h"
#include "ordering/replica/history_mender.h"
#include "ordering/replica/log_history.h"

namespace peal::ordering {

// What the replica tells the daemon, on the loop's thread.
class ReplicaSink {
 public:
  virtual ~ReplicaSink() = default;
  // This node's name in the cluster; before anything of the group, and whenever it changes.
  virtual void OnNode(const std::string& name) = 0;
  // Committed entries, in order; once for all that one turn brought.
  virtual void OnReleases(std::vector<Release> releases) = 0;
  // Submitting may be possible again, or no longer.
  virtual void OnReadiness() = 0;
  // This node has come into the primary component, or is cut off from it; `why` says what is
  // missing.
  virtual void OnPrimary(bool primary, const std::string& why) = 0;
  // Corosync's quorum was gained or lost.
  virtual void OnQuorum(bool quorate) = 0;
  // This node's log was ordered apart from the cluster's, and is to be set aside; Halt tells what
  // with.
  virtual void OnOvertaken(const std::string& why, bool keeps_vote) = 0;
  // What which node's subscribers want, by node name.
  virtual void OnInterest(const std::map<std::string, Interest>& by_node) = 0;
  // Order::known_interest() has grown.
  virtual void OnInterestKnown() = 0;
};

struct ReplicaOptions {
  bool standalone = false;
  std::string node;  // This node's name until the group tells it.
  // This node's clock, in us since 1970, UTC: for the times of Epoch entries and checkpoints only.
  std::function<int64_t()> now_us;
  // What a joiner is given at once; it asks again. Live batches wait behind so much.
  size_t transfer_bytes_max = size_t{512} << 10;
};

// What a replica connects. All of it outlives the replica.
struct ReplicaPorts {
  io::Loop* loop = nullptr;
  journal::Journal* journal = nullptr;
  Group* group = nullptr;
  ReplicaSink* sink = nullptr;
  journal::Upkeep* upkeep = nullptr;  // Of the same journal; null: it needs none.
};

// Loop thread only.
class Replica : public GroupSink, public server::Order {
 public:
  // Goes on from what the journal had recovered.
  Replica(const ReplicaPorts& ports, const MachineOptions& options, ReplicaOptions replica_options,
          Recovered recovered);

  // Joins the group.
  void Start();
  // Leaves it in order, then calls `done`.
  void Stop(std::function<void()> done);

  // Order: core/server/order.h.
  bool CanSubmit() const override;
  bool IsPrimary(std::string* why) const override { return machine_.IsPrimary(why); }
  void Submit(const proto::Event& event, const server::SubmitOptions& options,
              server::OutcomeCallback done) override;
  void Barrier(server::OutcomeCallback done) override;
  void ChangeDurable(const proto::CursorChange& change, server::OutcomeCallback done) override;
  std::optional<server::DurablePlace> FindDurable(std::string_view name) const override;
  std::vector<server::DurablePlace> Durables() const override;
  Sequence applied() const override { return machine_.applied().sequence(); }
  void FillStatus(proto::StatusReply* reply) const override;
  void SetInterest(const Interest& interest) override;
  InterestNumber told_interest() const override { return machine_.interests().number(); }
  InterestNumber known_interest() const override { return machine_.known_interest(); }
  void ChangeVoters(proto::ClusterRequest::Action action, const std::string& node,
                    std::chrono::milliseconds timeout, server::StatusCallback done) override;

  // What was released before, read back from the journal: log_history.h. `from` is applied. What
  // is damaged is waited for while it may be mended.
  void ReadHistory(Sequence from, size_t bytes_max, LogHistory::Callback done);
  Sequence history_first() const { return history_.first(); }
  Sequence history_before(int64_t time_us) const { return history_.PlaceBefore(time_us); }

  // GroupSink: ordering/replica/group.h.
  void OnConnected(Process self, const Nodelist& nodelist) override;
  void OnView(RingId ring, const std::vector<Process>& members) override;
  void OnQuorum(bool quorate, RingId ring) override;
  void OnMessage(Process sender, std::string_view bytes) override;
  void OnLost(const std::string& reason) override;

 private:
  // How often a journal that has no room is tried again.
  static constexpr std::chrono::milliseconds kJournalRetry{1000};
  // Reads of history that wait for the journal to be mended; beyond it they fail.
  static constexpr size_t kParkedMax = 64;
  // Above this the group has not taken what we sent; submissions wait.
  static constexpr size_t kBacklogBytesMax = 4 << 20;

  void Step(const Input& input);
  void Execute(std::vector<Output>* outputs);
  void Do(Multicast& output);
  void Do(AppendEntry& output);
  void Do(TruncateLog& output);
  void Do(StorePromise& output);
  void Do(ReadLog& output);
  void Do(HistoryCame& output);
  void Do(ReadSnapshot& output);
  void Do(InstallSnapshot& output);
  void Do(OutcomeUnknown& output);
  void Do(Release& output);
  void Do(InterestChanged& output);
  void Do(Notice& output);
  void Do(Halt& output);

  absl::StatusOr<VoterWish> WishFor(proto::ClusterRequest::Action action,
                                    const std::string& node) const;
  server::DurablePlace DurablePlaceOf(const proto::KnownCursor& cursor) const;
  void GiveUpWish();
  void FinishWish(const absl::Status& status);
  void Enqueue(Submitted submitted, server::OutcomeCallback done);
  void Tend();
  void SyncJournal();
  void AddCheckpoint(proto::Snapshot snapshot);
  void OnJournalError(const absl::Status& status);
  void JoinGroup();
  void LeaveGroup();
  void StartSync();
  void OnSynced(uint64_t ticket);
  void AnswerFetch(const ReadLog& request, absl::StatusOr<std::vector<journal::Record>> records);
  void ScheduleTurn();
  void FinishTurn();
  void Answer(const Release& release);
  void AnswerRepeated(uint64_t token, const EventResult& result, const ClientPublish& publish);
  void AnswerOne(uint64_t token, const server::Outcome& outcome);
  void ReportReadiness();
  proto::Member MemberStatus(const ConfiguredNode& node) const;

  io::Loop* const loop_;
  journal::Journal* const journal_;
  Group* const group_;
  ReplicaSink* const sink_;
  const bool standalone_;
  const std::function<int64_t()> now_us_;
  const Incarnation incarnation_;
  const size_t transfer_bytes_max_;
  std::string node_name_;
  Machine machine_;
  LogHistory history_;
  std::optional<HistoryMender> mender_;
  std::vector<std::function<void()>> parked_;
  std::unique_ptr<io::Registration> tick_;

  using Token = Id<struct TokenTag, uint64_t>;
  base::TicketTable<Token, server::OutcomeCallback> pending_;  // Bounded by the outbox's window.
  // An operator's wish that is not met yet.
  struct PendingWish {
    VoterWish wish;
    server::StatusCallback done;
    std::unique_ptr<io::Registration> deadline;
  };
  std::optional<PendingWish> wish_;
  uint64_t last_ticket_ = 0;
  uint64_t synced_ticket_ = 0;
  bool syncing_ = false;
  enum class JournalState : uint8_t { kGood, kNoRoom, kFailed };
  JournalState journal_state_ = JournalState::kGood;
  std::unique_ptr<io::Registration> journal_retry_;  // With kNoRoom.
  enum class Membership : uint8_t { kIn, kLeaving, kOut };
  Membership membership_ = Membership::kOut;
  bool turn_scheduled_ = false;
  bool flush_due_ = false;
  std::vector<Release> releases_;  // Of this turn.
  // What joiners are being given, encoded.
  Position lent_position_;
  std::string lent_snapshot_;
  bool was_ready_ = false;
  bool was_primary_ = false;
  std::optional<bool> was_quorate_;
  InterestNumber was_known_interest_;
  // Committed globalseq by index, for status: what a member's acknowledged index amounts to.
  std::map<Index, Sequence> sequence_at_;
  Sequence released_;
};

}  // namespace peal::ordering
