#include "tests/sim/node.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "core/base/check.h"
#include "ordering/replica/journal_entries.h"
#include "proto/event.pb.h"
#include "proto/group.pb.h"
#include "tests/sim/batch_record.h"

namespace peal::sim {
namespace {

constexpr int64_t kEpochUs = 1'700'000'000'000'000;

}  // namespace

bool TailWatch::Contradicts(const proto::Envelope& envelope) {
  const proto::State& state = envelope.state();
  if (state.tail_size() == 0) {
    return false;
  }
  Round& round = rounds_[{envelope.view(), envelope.round()}];
  bool differs = false;
  for (const proto::TailEntry& entry : state.tail()) {
    const auto [known, added] = round.chains.emplace(
        std::pair(state.log_epoch(), entry.position().index()), entry.position().chain());
    differs = differs || known->second != entry.position().chain();
  }
  return differs && !std::exchange(round.contradicted, true);
}

Node::Node(uint32_t id, const World& world, std::unique_ptr<Disk> disk)
    : id_(id),
      world_(world),
      skew_us_(world.prng->Between(-5'000'000, 5'000'000)),
      disk_(std::move(disk)) {
  std::map<uint32_t, uint32_t> all;
  for (uint32_t node = 1; node <= world.profile->nodes; ++node) {
    all[node] = 1;
  }
  SetNodelist(all);
  if (world.profile->corosync_decides) {
    rule_ = ordering::QuorumRule::kCorosync;
  }
}

Node::~Node() = default;

void Node::Start() {
  PEAL_CHECK(!running());
  incarnation_ += 1;
  const bool reused = pid_ != 0 && world_.prng->Chance(world_.profile->reused_pid);
  if (reused) {
    world_.stats->Add(Count::kReusedPids);
  }
  pid_ = reused ? pid_ : world_.network->NextPid();
  submitted_ = last_batch_ = 0;
  said_.clear();
  interests_.clear();
  loop_ = std::make_unique<SimLoop>(world_.clock);
  journal::Recovered recovered;
  journal_ = disk_->Open(loop_.get(), &recovered);
  if (journal_ == nullptr) {
    if (disk_->damaged()) {
      world_.checker->Violate("journal", fmt::format("node {}: {}", id_, disk_->problem()));
    }
    loop_.reset();
    return;
  }
  absl::StatusOr<ordering::Recovered> known = ordering::FromJournal(recovered);
  if (!known.ok()) {
    world_.checker->Violate("journal", std::string(known.status().message()));
    return;
  }
  if (!recovered.records.empty()) {
    world_.stats->Add(Count::kRecoveredWithLog);
    if (recovered.records.back().index > recovered.marks.confirmed) {
      world_.stats->Add(Count::kRecoveredAmbiguous);
    }
  }
  std::vector<ordering::Entry> shown;
  for (const ordering::Entry& entry : known->entries) {
    if (entry.index <= known->committed) {
      shown.push_back(entry);
    }
  }
  world_.trace->Tell("n{} starts, incarnation {}, log {}..{}, confirmed {}, log_epoch {}", id_,
                     incarnation_, known->committed.value(), known->entries.size(),
                     known->confirmed.value(), known->log_epoch.value());
  world_.checker->OnStart(id_, incarnation_, shown);
  group_ = std::make_unique<SimGroup>(SimGroup::Options{id_, pid_, nodelist_}, *world_.profile,
                                      world_.network, loop_.get(), world_.prng, world_.stats,
                                      world_.trace);
  group_->on_send = [this](const std::string& bytes) { OnSend(bytes); };
  ordering::MachineOptions options;
  options.incarnation = Incarnation(incarnation_);
  options.journal = ordering::JournalId{recovered.id};
  options.rules = *world_.rules;
  options.quorum = rule_;
  ordering::ReplicaOptions replica_options;
  replica_options.node = fmt::format("n{}", id_);
  replica_options.transfer_bytes_max = world_.profile->transfer_bytes;
  replica_options.now_us = [this] { return kEpochUs + skew_us_ + world_.clock->now_us(); };
  replica_ = std::make_unique<ordering::Replica>(
      ordering::ReplicaPorts{loop_.get(), journal_.get(), group_.get(), this}, options,
      replica_options, *std::move(known));
  if (first_interest_) {
    SetInterest(*first_interest_);
  }
  replica_->Start();
}

void Node::Crash(bool power_loss) {
  if (!running()) {
    return;
  }
  world_.trace->Tell("n{} crashes", id_);
  for (const auto& [token, id] : pending_) {
    world_.stats->Add(Count::kOutcomesUnknown);
    if (!id.empty()) {
      world_.unknown->push_back(id);
    }
  }
  pending_.clear();
  disk_->Die(power_loss);
  replica_.reset();
  group_.reset();
  journal_.reset();
  loop_.reset();
  if (disk_->Crash(power_loss)) {
    world_.stats->Add(Count::kUnsyncedLost);
  }
}

void Node::Pause() {
  if (running()) {
    world_.trace->Tell("n{} pauses", id_);
    loop_->Pause();
  }
}

void Node::Resume() {
  if (running()) {
    world_.trace->Tell("n{} resumes", id_);
    loop_->Resume();
  }
}

void Node::SetNodelist(const std::map<uint32_t, uint32_t>& nodes) {
  nodelist_ = {"sim", {}};
  for (const auto& [node, votes] : nodes) {
    nodelist_.nodes.push_back({NodeId(node), fmt::format("n{}", node), votes});
  }
  if (running()) {
    group_->SetNodelist(nodelist_);
  }
}

void Node::ChangeVoters(proto::ClusterRequest::Action action, uint32_t node) {
  if (running() && !loop_->paused()) {
    world_.trace->Tell("n{} is asked to {} n{}", id_, proto::ClusterRequest::Action_Name(action),
                       node);
    replica_->ChangeVoters(
        action, fmt::format("n{}", node), std::chrono::seconds(2),
        [stats = world_.stats](const absl::Status& status) {
          stats->Add(status.ok() ? Count::kVoterChangesDone : Count::kVoterChangesRefused);
        });
  }
}

void Node::SetInterest(const Interest& interest) {
  if (running() && !loop_->paused()) {
    said_.push_back(interest);
    replica_->SetInterest(interest);
  }
}

void Node::Load() {
  if (!running() || loop_->paused() || !replica_->CanSubmit()) {
    return;
  }
  if (world_.prng->Chance(world_.profile->barrier)) {
    AskForBarrier();
    return;
  }
  const uint64_t count = 1 + world_.prng->Below(3);
  for (uint64_t i = 0; i < count; ++i) {
    if (!world_.unknown->empty() && world_.prng->Chance(0.5)) {
      world_.stats->Add(Count::kRetries);
      const std::string id = std::move(world_.unknown->front());
      world_.unknown->pop_front();
      Publish(id, true);
      continue;
    }
    Publish("", world_.prng->Chance(world_.profile->dedup));
  }
}

void Node::AskForBarrier() {
  const uint64_t committed = world_.checker->answered();
  replica_->Barrier([this, committed](const server::Outcome& outcome) {
    if (outcome.status.ok()) {
      world_.checker->OnBarrier(id_, committed, replica_->applied().value());
    }
  });
}

void Node::Publish(const std::string& id, bool dedup) {
  const std::string token = NextToken();
  proto::Event event;
  event.set_source("sim");
  event.set_type("t");
  event.set_subject(token);
  event.set_id(id.empty() ? token : id);
  world_.checker->OnSubmit(
      token, {id_, incarnation_, submitted_, event.id(), dedup, event.SerializeAsString()});
  pending_.emplace(token, dedup ? event.id() : "");
  // An impatient publisher asks elsewhere, too.
  if (dedup && world_.prng->Chance(0.2)) {
    world_.unknown->push_back(event.id());
  }
  server::SubmitOptions options;
  options.dedup = dedup;
  Submit(token, event, options, [](const server::Outcome&) {});
}

bool Node::PublishNumbered(const ClientPublish& publish, const std::string& once,
                           const std::string& id, server::OutcomeCallback done) {
  if (!running() || loop_->paused() || !replica_->CanSubmit()) {
    return false;
  }
  const std::string token = NextToken();
  proto::Event event;
  event.set_source("client");
  event.set_type("t");
  event.set_subject(token);
  event.set_id(id.empty() ? token : id);
  world_.checker->OnSubmit(token, {id_, incarnation_, submitted_, once, /*dedup=*/true,
                                   event.SerializeAsString(), /*numbered=*/true});
  pending_.emplace(token, "");
  server::SubmitOptions options;
  options.dedup = !id.empty();
  options.client = publish;
  Submit(token, event, options, std::move(done));
  return true;
}

bool Node::CanChangeDurables() const {
  return running() && !loop_->paused() && replica_->CanSubmit();
}

// What it came to shows in what is released.
void Node::ChangeDurable(const proto::CursorChange& change) {
  world_.stats->Add(Count::kDurableChanges);
  replica_->ChangeDurable(change, [](const server::Outcome&) {});
}

std::string Node::NextToken() {
  return fmt::format("{}.{}.{}", id_, incarnation_, ++submitted_);
}

void Node::Submit(const std::string& token, const proto::Event& event,
                  const server::SubmitOptions& options, server::OutcomeCallback done) {
  replica_->Submit(event, options,
                   [this, token, done = std::move(done)](const server::Outcome& outcome) {
                     pending_.erase(token);
                     world_.checker->OnOutcome(token, outcome);
                     done(outcome);
                   });
}

bool Node::IsPrimary(std::string* why) const {
  return running() && replica_->IsPrimary(why);
}

void Node::OnReleases(std::vector<ordering::Release> releases) {
  for (const ordering::Release& release : releases) {
    world_.trace->Tell("n{} shows entry {} of epoch {}", id_, release.entry.index.value(),
                       release.entry.epoch.value());
    world_.checker->OnRelease(id_, release);
  }
}

void Node::OnOvertaken(const std::string& why, bool keeps_vote) {
  if (why.find("whose history begins later") == std::string::npos) {
    world_.checker->Violate("overtaken", fmt::format("node {}: {}", id_, why));
    return;
  }
  // As the daemon does.
  world_.clock->After(0, [this, overtaken = incarnation_, keeps_vote] {
    if (running() && incarnation_ == overtaken) {
      world_.stats->Add(Count::kOrphans);
      Crash(false);
      disk_->Empty(keeps_vote);
      Start();
    }
  });
}

void Node::Watch() {
  std::string why;
  IsPrimary(&why);
  if (why == last_why_) {
    return;
  }
  struct Sign {
    std::string_view text;
    Count count;
  };
  static constexpr Sign kSigns[] = {{"two versions", Count::kBlockedByAmbiguity},
                                    {"catching up", Count::kCatchUps},
                                    {"out of step", Count::kOutOfStep},
                                    {"does not carry", Count::kNotCarried},
                                    {"asking in", Count::kLeftOut}};
  for (const Sign& sign : kSigns) {
    if (why.find(sign.text) != std::string::npos &&
        last_why_.find(sign.text) == std::string::npos) {
      world_.stats->Add(sign.count);
    }
  }
  if (why.find("the cluster has another log") != std::string::npos) {
    world_.checker->Violate("halted", fmt::format("node {}: {}", id_, why));
  }
  last_why_ = why;
}

void Node::OnSend(const std::string& bytes) {
  proto::Envelope envelope;
  PEAL_CHECK(envelope.ParseFromString(bytes));
  Stats* const stats = world_.stats;
  switch (envelope.body_case()) {
    case proto::Envelope::kState:
      stats->Add(Count::kStates);
      stats->Add(Count::kAmbiguousTails, envelope.state().tail_size() > 0 ? 1 : 0);
      stats->Add(Count::kSeveralCandidates, world_.tails->Contradicts(envelope) ? 1 : 0);
      return;
    case proto::Envelope::kRoundRequest:
      return stats->Add(Count::kRoundsAsked);
    case proto::Envelope::kPromise:
      return stats->Add(Count::kPromises);
    case proto::Envelope::kFetch:
      return stats->Add(Count::kFetches);
    case proto::Envelope::kEntries:
      return stats->Add(Count::kTransfers);
    case proto::Envelope::kBatch: {
      const std::optional<proto::BatchRecord> record = ParseBatch(envelope.batch().payload());
      PEAL_CHECK(record.has_value());
      stats->Add(record->number() > last_batch_ ? Count::kBatches : Count::kBatchesAgain);
      last_batch_ = std::max(last_batch_, record->number());
      return;
    }
    default:
      return;
  }
}

}  // namespace peal::sim
