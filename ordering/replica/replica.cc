#include "ordering/replica/replica.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "core/base/check.h"
#include "core/base/sha256.h"
#include "core/log.h"
#include "ordering/replica/first_try.h"
#include "ordering/replica/journal_entries.h"

namespace peal::ordering {
namespace {

// What the order remembers of a publisher's own id: 128 bits, so that two ids do not meet by
// chance.
std::string KeyOf(std::initializer_list<std::string_view> parts) {
  const base::Digest digest = base::Sha256(parts);
  return {reinterpret_cast<const char*>(digest.data()), 16};
}

server::Outcome OutcomeOf(const EventResult& result, Epoch epoch) {
  server::Outcome outcome{absl::OkStatus(), result.sequence, epoch,
                          result.outcome == EventOutcome::kDuplicate,
                          result.outcome == EventOutcome::kRepeated};
  if (outcome.repeated && result.sequence == Sequence(0)) {
    outcome.status = absl::DeadlineExceededError(
        "the client said that this publish was answered, so its outcome is not kept any more");
  }
  if (result.outcome == EventOutcome::kNotHeld) {
    outcome.status = absl::AbortedError("the durable subscription is not held here");
  }
  if (result.outcome == EventOutcome::kNoRoom) {
    outcome.status = absl::ResourceExhaustedError(fmt::format(
        "there are {} durable subscriptions, the limit; `peal subscription rm` forgets one",
        Cursors::kCursorsMax));
  }
  if (result.outcome == EventOutcome::kRefused) {
    outcome.status = absl::FailedPreconditionError(
        result.sequence == Sequence(0)
            ? "the subject has no event yet"
            : fmt::format("the subject's last event has globalseq {}", result.sequence.value()));
  }
  return outcome;
}

}  // namespace

Replica::Replica(const ReplicaPorts& ports, const MachineOptions& options,
                 ReplicaOptions replica_options, Recovered recovered)
    : loop_(ports.loop),
      journal_(ports.journal),
      group_(ports.group),
      sink_(ports.sink),
      standalone_(replica_options.standalone),
      now_us_(std::move(replica_options.now_us)),
      incarnation_(options.incarnation),
      transfer_bytes_max_(replica_options.transfer_bytes_max),
      node_name_(std::move(replica_options.node)),
      machine_(options, std::move(recovered)),
      history_(ports.journal),
      released_(machine_.applied().sequence()) {
  if (ports.upkeep != nullptr) {
    mender_.emplace(ports.upkeep, [this](const HistoryWanted& wanted) { Step(wanted); });
  }
}

void Replica::Start() {
  tick_ = loop_->Every(std::chrono::milliseconds(Machine::kTickMs), [this] {
    Step(Tick{});
    Tend();
  });
  JoinGroup();
}

void Replica::Tend() {
  if (!mender_) {
    return;
  }
  std::set<NodeId> others = machine_.view_members();
  others.erase(machine_.self());
  mender_->Tick(others);
  if (!mender_->hopeful()) {
    std::vector<std::function<void()>> parked;
    parked.swap(parked_);
    for (const std::function<void()>& read : parked) {
      read();
    }
  }
}

void Replica::Stop(std::function<void()> done) {
  tick_.reset();
  journal_retry_.reset();
  if (membership_ != Membership::kIn) {
    loop_->Post(std::move(done));
    return;
  }
  membership_ = Membership::kLeaving;
  group_->Leave(std::move(done));
}

void Replica::Step(const Input& input) {
  std::vector<Output> outputs;
  machine_.Step(input, &outputs);
  Execute(&outputs);
  ReportReadiness();
  if (std::exchange(was_known_interest_, known_interest()) != known_interest()) {
    sink_->OnInterestKnown();
  }
  if (wish_ && machine_.IsMet(wish_->wish)) {
    FinishWish(absl::OkStatus());
  }
}

void Replica::Execute(std::vector<Output>* outputs) {
  for (Output& output : *outputs) {
    std::visit([this](auto& value) { Do(value); }, output);
  }
  SyncJournal();
}

void Replica::Do(Multicast& output) {
  group_->Multicast(std::move(output.bytes));
}

void Replica::Do(ReadLog& output) {
  const Index from = output.after.index.Next();
  if (from > output.upto) {
    loop_->Post([this, request = output] {
      Step(LogRead{request.joiner, {}, Index(0), request.epoch, request.history, {}});
    });
    return;
  }
  journal_->Read(from, transfer_bytes_max_,
                 [this, request = output](absl::StatusOr<std::vector<journal::Record>> records) {
                   AnswerFetch(request, std::move(records));
                 });
}

void Replica::AnswerFetch(const ReadLog& request,
                          absl::StatusOr<std::vector<journal::Record>> records) {
  LogRead read{request.joiner, {}, Index(0), request.epoch, request.history, {}};
  if (absl::IsNotFound(records.status())) {
    read.first_available = journal_->first();
    Step(std::move(read));
    return;
  }
  if (absl::IsDataLoss(records.status()) && (request.history || !mender_ || !mender_->hopeful())) {
    // It is as good as gone; else the joiner asks again, and it may be mended then.
    read.first_available = machine_.log().anchor().position.index.Next();
    Step(std::move(read));
    return;
  }
  if (!records.ok()) {
    log::Error("order: history for node {} from entry {}: {}", machine_.NameOf(request.joiner),
               request.after.index.value() + 1, std::string(records.status().message()));
    return;
  }
  absl::StatusOr<std::vector<Entry>> entries = EntriesAfter(request.after, *records);
  if (!entries.ok() && EntriesAfter(request.after, {records->front()}).ok()) {
    log::Error("order: history for node {}: {}", machine_.NameOf(request.joiner),
               std::string(entries.status().message()));
    return;
  }
  if (!entries.ok()) {
    // What follows here is not for it.
    log::Warn("order: node {} has another log at entry {}", machine_.NameOf(request.joiner),
              request.after.index.value());
    read.other_log = true;
    Step(std::move(read));
    return;
  }
  read.entries = *std::move(entries);
  std::erase_if(read.entries,
                [&request](const Entry& entry) { return entry.index > request.upto; });
  for (size_t i = 0; request.history && i < read.entries.size(); ++i) {
    read.notes.push_back((*records)[i].note);
  }
  Step(std::move(read));
}

void Replica::Do(HistoryCame& output) {
  if (mender_) {
    mender_->OnCame(output);
  }
}

void Replica::Do(ReadSnapshot& output) {
  // One is kept for all joiners, while the journal holds what follows it.
  const bool usable = !lent_snapshot_.empty() && lent_position_.index.Next() >= journal_->first();
  const bool goes_on =
      usable && output.position == lent_position_ && output.offset <= lent_snapshot_.size();
  if (!usable) {
    lent_position_ = machine_.log().anchor().position;
    lent_snapshot_ = machine_.Snapshot().SerializeAsString();
  }
  const uint64_t offset = goes_on ? output.offset : 0;
  SnapshotRead read;
  read.piece.set_joiner(output.joiner.value());
  *read.piece.mutable_position() = ToProto(lent_position_);
  read.piece.set_offset(offset);
  read.piece.set_total_bytes(lent_snapshot_.size());
  read.piece.set_bytes(lent_snapshot_.substr(offset, transfer_bytes_max_));
  loop_->Post([this, read = std::move(read)] { Step(read); });
}

void Replica::Do(InstallSnapshot& output) {
  sequence_at_.clear();
  released_ = Sequence(output.snapshot->sequence());
  AddCheckpoint(*output.snapshot);
  last_ticket_ = output.ticket;
}

void Replica::Do(OutcomeUnknown& output) {
  loop_->Post([this, tokens = std::move(output.tokens)] {
    for (const uint64_t token : tokens) {
      AnswerOne(token, {absl::DeadlineExceededError(
                            "this node took over a state in place of the history: the outcome is "
                            "unknown"),
                        Sequence(), Epoch()});
    }
  });
}

void Replica::Do(Release& output) {
  if (output.entry.kind == EntryKind::kEpoch) {
    released_ = output.sequence.Plus(output.count - 1);
  }
  for (const EventResult& result : output.results) {
    released_ = result.numbered() ? result.sequence : released_;
  }
  if (std::string note = NoteOf(output); !note.empty()) {
    journal_->AddNote(output.entry.index, std::move(note));
  }
  sequence_at_[output.entry.index] = released_;
  while (sequence_at_.size() > 1024) {
    sequence_at_.erase(sequence_at_.begin());
  }
  releases_.push_back(std::move(output));
  ScheduleTurn();
}

void Replica::Do(InterestChanged& output) {
  std::map<std::string, Interest> by_node;
  for (auto& [node, interest] : output.by_node) {
    by_node.emplace(node == machine_.self() ? node_name_ : machine_.NameOf(node),
                    std::move(interest));
  }
  sink_->OnInterest(by_node);
}

void Replica::Do(Notice& output) {
  log::Info("order: {}", output.text);
}

void Replica::Do(Halt& output) {
  log::Error("order: halted: {}", output.reason);
  LeaveGroup();
  if (output.overtaken) {
    loop_->Post([this, halt = output] { sink_->OnOvertaken(halt.reason, halt.keeps_vote); });
  }
}

void Replica::JoinGroup() {
  // Else it comes when the group is left.
  if (membership_ == Membership::kOut) {
    membership_ = Membership::kIn;
    group_->Start(this);
  }
}

void Replica::LeaveGroup() {
  if (membership_ != Membership::kIn) {
    return;
  }
  membership_ = Membership::kLeaving;
  group_->Leave([this] {
    membership_ = Membership::kOut;
    if (journal_state_ == JournalState::kGood && !machine_.halted()) {
      JoinGroup();
    }
  });
}

bool Replica::CanSubmit() const {
  return machine_.CanSubmit() && group_->backlog_bytes() < kBacklogBytesMax;
}

void Replica::Submit(const proto::Event& event, const server::SubmitOptions& options,
                     server::OutcomeCallback done) {
  Submitted submitted;
  submitted.event = event.SerializeAsString();
  if (options.dedup) {
    submitted.key = KeyOf({event.source(), std::string_view("\0", 1), event.id()});
  }
  if (!event.subject().empty()) {
    submitted.subject = KeyOf({event.subject()});
  }
  submitted.expect_subject = options.expect_subject;
  submitted.client = options.client;
  Enqueue(std::move(submitted), std::move(done));
}

void Replica::Barrier(server::OutcomeCallback done) {
  Enqueue({}, std::move(done));
}

void Replica::ChangeDurable(const proto::CursorChange& change, server::OutcomeCallback done) {
  Submitted submitted;
  submitted.cursor = change.SerializeAsString();
  Enqueue(std::move(submitted), std::move(done));
}

std::optional<server::DurablePlace> Replica::FindDurable(std::string_view name) const {
  const Cursors::ByName& known = machine_.applied().cursors().all();
  const auto found = known.find(name);
  return found == known.end() ? std::nullopt : std::optional(DurablePlaceOf(found->second));
}

std::vector<server::DurablePlace> Replica::Durables() const {
  std::vector<server::DurablePlace> places;
  for (const auto& [name, cursor] : machine_.applied().cursors().all()) {
    places.push_back(DurablePlaceOf(cursor));
  }
  return places;
}

server::DurablePlace Replica::DurablePlaceOf(const proto::KnownCursor& cursor) const {
  server::DurablePlace place{cursor.name(), cursor.place(), cursor.owner(), "",
                             false,         cursor.hold()};
  if (cursor.hold() != 0) {
    const NodeId node(cursor.node());
    place.held_here = node == machine_.self() && Incarnation(cursor.incarnation()) == incarnation_;
    place.node = place.held_here ? node_name_ : machine_.NameOf(node);
  }
  return place;
}

void Replica::Enqueue(Submitted submitted, server::OutcomeCallback done) {
  submitted.token = pending_.Add(std::move(done)).value();
  // Straight to the machine: submitting has no outputs, and sending waits for the end of the turn.
  std::vector<Output> outputs;
  machine_.Step(std::move(submitted), &outputs);
  PEAL_CHECK(outputs.empty());
  flush_due_ = true;
  ScheduleTurn();
}

void Replica::ScheduleTurn() {
  if (turn_scheduled_) {
    return;
  }
  turn_scheduled_ = true;
  loop_->Post([this] { FinishTurn(); });
}

void Replica::FinishTurn() {
  turn_scheduled_ = false;
  std::vector<Release> releases;
  releases.swap(releases_);
  for (const Release& release : releases) {
    Answer(release);
  }
  if (!releases.empty()) {
    sink_->OnReleases(std::move(releases));
  }
  if (flush_due_) {
    flush_due_ = false;
    Step(Flush{});
  }
  ReportReadiness();
}

void Replica::Answer(const Release& release) {
  for (size_t i = 0; i < release.tokens.size(); ++i) {
    const EventResult& result = release.results[i];
    if (result.outcome == EventOutcome::kRepeated && result.index != Index(0)) {
      AnswerRepeated(release.tokens[i], result, release.entry.batch->events[i].client);
    } else {
      AnswerOne(release.tokens[i], OutcomeOf(result, release.entry.epoch));
    }
  }
}

// The answer has the stamps of the event that is in the order, which are those of its first try.
void Replica::AnswerRepeated(uint64_t token, const EventResult& result,
                             const ClientPublish& publish) {
  journal_->Read(
      result.index, /*bytes_max=*/1,
      [this, token, result, publish](const absl::StatusOr<std::vector<journal::Record>>& records) {
        server::Outcome outcome = OutcomeOf(result, Epoch(0));
        if (records.ok() && !records->empty()) {
          outcome.epoch = records->front().epoch;
          outcome.first_try = FirstTryOf(publish, *records);
        }
        AnswerOne(token, outcome);
      });
}

void Replica::AnswerOne(uint64_t token, const server::Outcome& outcome) {
  const std::optional<server::OutcomeCallback> done = pending_.Take(Token(token));
  PEAL_CHECK(done.has_value());
  (*done)(outcome);
}

void Replica::ReportReadiness() {
  std::string why;
  const bool primary = machine_.IsPrimary(&why);
  // While a round is on nothing is decided: that is neither news.
  if (was_primary_ != primary && !machine_.IsJoining()) {
    was_primary_ = primary;
    sink_->OnPrimary(primary, why);
  }
  const bool ready = CanSubmit();
  if (was_ready_ != ready) {
    was_ready_ = ready;
    sink_->OnReadiness();
  }
}

void Replica::ReadHistory(Sequence from, size_t bytes_max, LogHistory::Callback done) {
  history_.Read(from, machine_.log().anchor().position.index, bytes_max,
                [this, from, bytes_max,
                 done = std::move(done)](absl::StatusOr<std::vector<Release>> releases) mutable {
                  if (absl::IsDataLoss(releases.status()) && mender_ && mender_->hopeful() &&
                      parked_.size() < kParkedMax) {
                    parked_.push_back([this, from, bytes_max, done = std::move(done)] {
                      ReadHistory(from, bytes_max, done);
                    });
                    return;
                  }
                  done(std::move(releases));
                });
}

void Replica::SetInterest(const Interest& interest) {
  Step(InterestSet{interest});
}

void Replica::OnConnected(Process self, const Nodelist& nodelist) {
  Step(Connected{self, nodelist});
  node_name_ = machine_.NameOf(self.node);
  sink_->OnNode(node_name_);
}

void Replica::OnView(RingId ring, const std::vector<Process>& members) {
  Step(ViewChanged{ring, members, now_us_()});
}

void Replica::OnQuorum(bool quorate, RingId ring) {
  if (was_quorate_ != quorate) {
    was_quorate_ = quorate;
    sink_->OnQuorum(quorate);
  }
  Step(QuorumChanged{quorate, ring});
}

void Replica::OnMessage(Process sender, std::string_view bytes) {
  Step(Received{sender, bytes});
}

void Replica::OnLost(const std::string& reason) {
  Step(Lost{reason});
}

}  // namespace peal::ordering
