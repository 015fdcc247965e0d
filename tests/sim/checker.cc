#include "tests/sim/checker.h"

#include <fmt/format.h>

#include <utility>

#include "core/base/sha256.h"
#include "proto/event.pb.h"
#include "proto/group.pb.h"
#include "tests/sim/batch_record.h"

namespace peal::sim {

using ordering::EntryKind;

void Checker::Violate(const std::string& rule, const std::string& text) {
  if (violation_.empty()) {
    violation_ = fmt::format("{}: {}", rule, text);
  }
}

void Checker::OnStart(uint32_t node, uint64_t incarnation,
                      const std::vector<ordering::Entry>& shown) {
  started_[node].insert(incarnation);
  next_index_[node] = 0;
  for (const ordering::Entry& entry : shown) {
    See(node, entry);
  }
}

void Checker::OnSubmit(const std::string& token, Submission submission) {
  stats_->Add(Count::kEventsSubmitted);
  submissions_.emplace(token, std::move(submission));
}

void Checker::OnOutcome(const std::string& token, const server::Outcome& outcome) {
  if (!outcome.status.ok()) {
    return;
  }
  stats_->Add(Count::kOutcomesOk);
  if (outcome.duplicate) {
    stats_->Add(Count::kDuplicatesAnswered);
  }
  if (!outcome.first_try.empty()) {
    first_tries_.emplace(token, outcome.first_try);
  }
  if (!outcomes_.emplace(token, outcome.sequence.value()).second) {
    Violate("answers", fmt::format("{} was answered twice", token));
  }
  answered_ = std::max(answered_, outcome.sequence.value());
}

void Checker::OnRelease(uint32_t node, const ordering::Release& release) {
  stats_->Add(Count::kEntriesShown);
  See(node, release.entry);
  if (ok() && release.entry.index.value() <= history_.size()) {
    CompareResults(node, history_[release.entry.index.value() - 1], release);
  }
}

void Checker::See(uint32_t node, const ordering::Entry& entry) {
  const uint64_t index = entry.index.value();
  uint64_t& next = next_index_[node];
  if (next != 0 && index != next) {
    if (!may_jump_ || index < next) {
      Violate("density", fmt::format("node {} shows entry {} and not {}", node, index, next));
      return;
    }
    stats_->Add(Count::kStatesTakenOver);
  }
  next = index + 1;
  if (index <= history_.size()) {
    Compare(node, entry);
    return;
  }
  if (index > history_.size() + 1) {
    // What is before it was committed by a node that died before it could show it.
    ahead_[index].emplace_back(node, entry);
    return;
  }
  Extend(node, entry);
  for (auto next_ahead = ahead_.find(history_.size() + 1); ok() && next_ahead != ahead_.end();
       next_ahead = ahead_.find(history_.size() + 1)) {
    Extend(next_ahead->second.front().first, next_ahead->second.front().second);
    for (const auto& [other, same] : next_ahead->second) {
      Compare(other, same);
    }
    ahead_.erase(next_ahead);
  }
}

void Checker::Compare(uint32_t node, const ordering::Entry& entry) {
  const uint64_t index = entry.index.value();
  const Shown& known = history_[index - 1];
  if (known.kind != entry.kind || known.epoch != entry.epoch || known.payload != *entry.payload) {
    Violate("agreement", fmt::format("node {} shows another entry {} (epoch {}, was {})", node,
                                     index, entry.epoch.value(), known.epoch.value()));
  } else if (known.chain != entry.chain) {
    Violate("chain", fmt::format("node {} has another chain at entry {}", node, index));
  }
}

void Checker::Extend(uint32_t node, const ordering::Entry& entry) {
  Shown shown;
  shown.kind = entry.kind;
  shown.epoch = entry.epoch;
  shown.chain = entry.chain;
  shown.payload = *entry.payload;
  if (entry.epoch.value() < last_epoch_) {
    Violate("epochs", fmt::format("node {} shows an entry of epoch {} after epoch {}", node,
                                  entry.epoch.value(), last_epoch_));
  }
  if (entry.kind == EntryKind::kEpoch) {
    ExtendEpoch(&shown);
  } else {
    ExtendBatch(&shown);
  }
  history_.push_back(std::move(shown));
}

// Of the voters one at a time comes, goes or changes.
void Checker::TakeVoters(const proto::Voters& voters) {
  std::map<uint32_t, std::string> before;
  for (const proto::Voter& voter : voters_.current().voters()) {
    before[voter.node()] = voter.SerializeAsString();
  }
  size_t differences = 0;
  for (const proto::Voter& voter : voters.current().voters()) {
    const auto same = before.find(voter.node());
    differences += same == before.end() || same->second != voter.SerializeAsString() ? 1 : 0;
    if (same != before.end()) {
      before.erase(same);
    }
  }
  differences += before.size();
  if (voters_.has_current() && differences > 1) {
    Violate("voters", fmt::format("{} voters change at once", differences));
  }
  if (voters_.has_current() && voters.current().version() != voters_.current().version()) {
    stats_->Add(Count::kVoterSets);
  }
  voters_ = voters;
}

void Checker::ExtendEpoch(Shown* shown) {
  stats_->Add(Count::kEpochs);
  proto::EpochRecord record;
  if (!record.ParseFromString(shown->payload) || record.epoch() != shown->epoch.value()) {
    Violate("epochs", "an Epoch entry does not parse");
    return;
  }
  if (record.epoch() <= last_epoch_) {
    Violate("epochs", fmt::format("epoch {} opens after epoch {}", record.epoch(), last_epoch_));
  }
  last_epoch_ = record.epoch();
  TakeVoters(record.voters());
  std::map<uint32_t, std::string> members;
  for (const proto::ViewMember& member : record.members()) {
    members[member.node()] = fmt::format("{}", member.incarnation());
    // Who has never been in its nodelist has no name but its number.
    const std::string number = std::to_string(member.node());
    if (!started_[member.node()].contains(member.incarnation()) ||
        (member.name() != "n" + number && member.name() != number)) {
      Violate("views", fmt::format("node {}, incarnation {}, was never there", member.node(),
                                   member.incarnation()));
    }
  }
  uint64_t count = 1;
  for (const auto& member : members) {
    const auto before = members_.find(member.first);
    count += before == members_.end() || *before != member ? 1 : 0;
  }
  for (const auto& member : members_) {
    const auto after = members.find(member.first);
    count += after == members.end() || *after != member ? 1 : 0;
  }
  members_ = std::move(members);
  shown->first = sequence_ + 1;
  shown->count = count;
  sequence_ += count;
}

void Checker::ExtendBatch(Shown* shown) {
  const std::optional<proto::BatchRecord> record = ParseBatch(shown->payload);
  if (!record) {
    Violate("origin", "a Batch entry does not parse");
    return;
  }
  std::string session;
  for (const proto::BatchEvent& batched : record->events()) {
    session = batched.session().empty() ? session : batched.session();
    shown->results.push_back(batched.event().empty() ? ExpectOfMark(batched, *record)
                                                     : Expect(batched, session));
  }
}

server::Outcome Checker::ExpectOfMark(const proto::BatchEvent& batched,
                                      const proto::BatchRecord& record) {
  server::Outcome outcome;
  if (!batched.cursor().empty() &&
      !durables_.Take(batched.cursor(), record.node(), record.incarnation(), sequence_)) {
    stats_->Add(Count::kDurableChangesVoid);
    outcome.status = absl::AbortedError("");
  }
  return outcome;
}

server::Outcome Checker::Expect(const proto::BatchEvent& batched, const std::string& session) {
  if (batched.client_sequence() == 0) {
    return ExpectOfFirstTry(batched);
  }
  server::Outcome outcome;
  outcome.repeated = true;
  uint64_t& unanswered_from = unanswered_from_[session];
  unanswered_from = std::max(unanswered_from, batched.client_sequence() - batched.outstanding());
  if (batched.client_sequence() < unanswered_from) {
    stats_->Add(Count::kLateCopies);
    return outcome;
  }
  const auto publish = std::pair(session, batched.client_sequence());
  const auto known = by_publish_.find(publish);
  if (known == by_publish_.end()) {
    outcome = ExpectOfFirstTry(batched);
    by_publish_.emplace(publish, outcome);
    return outcome;
  }
  outcome = known->second;
  outcome.repeated = !outcome.duplicate;
  return outcome;
}

server::Outcome Checker::ExpectOfFirstTry(const proto::BatchEvent& batched) {
  server::Outcome outcome;
  if (!batched.key().empty()) {
    const auto known = by_id_.find(batched.key());
    if (known != by_id_.end()) {
      outcome.sequence = Sequence(known->second);
      outcome.duplicate = true;
      return outcome;
    }
    by_id_.emplace(batched.key(), sequence_ + 1);
  }
  outcome.sequence = Sequence(++sequence_);
  TakeEvent(batched.event(), sequence_);
  return outcome;
}

void Checker::TakeEvent(const std::string& bytes, uint64_t sequence) {
  stats_->Add(Count::kEventsInHistory);
  proto::Event event;
  const bool parsed = event.ParseFromString(bytes);
  const std::string& token = event.subject();
  const auto known = submissions_.find(token);
  if (!parsed || known == submissions_.end() || known->second.bytes != bytes) {
    Violate("origin", fmt::format("'{}' is in the order, and nobody published it", token));
    return;
  }
  if (!seen_.insert(token).second) {
    Violate("duplicates", fmt::format("'{}' is in the order twice", token));
  }
  by_sequence_[sequence] = token;
  const Submission& submission = known->second;
  if (submission.numbered && !published_once_.insert(submission.id).second) {
    Violate("duplicates",
            fmt::format("'{}' is in the order twice, now as '{}'", submission.id, token));
  }
  uint64_t& last = last_[{submission.node, submission.incarnation}];
  if (submission.number <= last) {
    Violate("local order", fmt::format("'{}' comes after number {}", token, last));
  }
  last = submission.number;
}

void Checker::CompareResults(uint32_t node, const Shown& shown, const ordering::Release& release) {
  if (shown.kind == EntryKind::kEpoch) {
    if (release.sequence.value() != shown.first || release.count != shown.count) {
      Violate("density", fmt::format("node {} shows epoch {} at globalseq {}+{}, and not {}+{}",
                                     node, shown.epoch.value(), release.sequence.value(),
                                     release.count, shown.first, shown.count));
    }
    return;
  }
  if (release.results.size() != shown.results.size()) {
    Violate("agreement", fmt::format("node {} shows another number of events", node));
    return;
  }
  for (size_t i = 0; i < shown.results.size(); ++i) {
    const server::Outcome& expected = shown.results[i];
    const ordering::EventResult& result = release.results[i];
    if (expected.sequence != result.sequence ||
        expected.status.ok() == (result.outcome == ordering::EventOutcome::kNotHeld) ||
        expected.duplicate != (result.outcome == ordering::EventOutcome::kDuplicate) ||
        expected.repeated != (result.outcome == ordering::EventOutcome::kRepeated)) {
      Violate("density", fmt::format("node {} gives entry {} globalseq {}, and not {}", node,
                                     release.entry.index.value(), result.sequence.value(),
                                     expected.sequence.value()));
    }
  }
}

void Checker::OnBarrier(uint32_t node, uint64_t committed, uint64_t applied) {
  stats_->Add(Count::kBarriers);
  if (applied < committed) {
    Violate("barrier", fmt::format("node {} passes a barrier at {}; {} was committed before", node,
                                   applied, committed));
  }
}

void Checker::OnDurables(uint32_t node, uint64_t incarnation,
                         const std::vector<server::DurablePlace>& places) {
  if (const std::string what = durables_.Differences(places, node, incarnation); !what.empty()) {
    Violate("durables", fmt::format("at node {} {}", node, what));
  }
}

void Checker::OnEnd() {
  for (const auto& [token, sequence] : outcomes_) {
    const Submission& submission = submissions_.at(token);
    const auto found = by_sequence_.find(sequence);
    const bool same = found != by_sequence_.end() &&
                      (found->second == token ||
                       (submission.dedup && submissions_.at(found->second).id == submission.id));
    if (!same) {
      Violate("durability",
              fmt::format("'{}' was answered globalseq {}, where the history has '{}'", token,
                          sequence, found == by_sequence_.end() ? "nothing" : found->second));
    } else if (const auto first = first_tries_.find(token); first != first_tries_.end()) {
      CheckFirstTry(token, found->second, first->second);
    }
  }
}

void Checker::CheckFirstTry(const std::string& token, const std::string& event,
                            const std::string& answered) {
  if (submissions_.at(event).bytes != answered) {
    Violate("answers", fmt::format("'{}' was answered with another event than '{}'", token, event));
  }
}

std::string Checker::digest() const {
  const ordering::Chain none{};
  const ordering::Chain& last = history_.empty() ? none : history_.back().chain;
  std::string text = fmt::format("{}/{}/{} ", history_.size(), sequence_, outcomes_.size());
  for (const uint8_t byte : last) {
    text += fmt::format("{:02x}", byte);
  }
  return text;
}

}  // namespace peal::sim
