#include "ordering/applied.h"

#include "core/base/check.h"

namespace peal::ordering {
namespace {

// Members of `these` that are not among `those`; a daemon that has restarted is another member.
uint64_t CountMissing(const std::map<NodeId, proto::ViewMember>& these,
                      const std::map<NodeId, proto::ViewMember>& those) {
  uint64_t missing = 0;
  for (const auto& [node, member] : these) {
    const auto same = those.find(node);
    if (same == those.end() || same->second.incarnation() != member.incarnation()) {
      ++missing;
    }
  }
  return missing;
}

}  // namespace

Applied::Applied(const proto::Snapshot& snapshot) : sequence_(snapshot.sequence()) {
  for (const proto::ViewMember& member : snapshot.members()) {
    members_.emplace(NodeId(member.node()), member);
  }
  for (const proto::KnownKey& known : snapshot.keys()) {
    Remember(known.key(), Sequence(known.sequence()));
  }
}

void Applied::Save(proto::Snapshot* snapshot) const {
  snapshot->set_sequence(sequence_.value());
  for (const auto& [node, member] : members_) {
    *snapshot->add_members() = member;
  }
  for (const std::string& key : keys_by_age_) {
    proto::KnownKey* known = snapshot->add_keys();
    known->set_key(key);
    known->set_sequence(keys_.at(key).value());
  }
}

Release Applied::Apply(Entry entry) {
  Release release;
  release.entry = std::move(entry);
  if (release.entry.kind == EntryKind::kEpoch) {
    ApplyEpoch(&release);
    return release;
  }
  const proto::BatchRecord& batch = *release.entry.batch;
  release.results.reserve(static_cast<size_t>(batch.events_size()));
  for (const proto::BatchEvent& event : batch.events()) {
    release.results.push_back(ApplyEvent(event));
  }
  return release;
}

void Applied::ApplyEpoch(Release* release) {
  std::map<NodeId, proto::ViewMember> members;
  for (const proto::ViewMember& member : release->entry.opened->members()) {
    members.emplace(NodeId(member.node()), member);
  }
  // One event for the view, one for each that joined, one for each that left.
  release->sequence = sequence_.Next();
  release->count = 1 + CountMissing(members, members_) + CountMissing(members_, members);
  sequence_ = sequence_.Plus(release->count);
  for (auto& [node, member] : members_) {
    release->before.push_back(std::move(member));
  }
  members_ = std::move(members);
}

EventResult Applied::ApplyEvent(const proto::BatchEvent& event) {
  if (event.event().empty()) {
    return {};
  }
  if (!event.key().empty()) {
    const auto known = keys_.find(event.key());
    if (known != keys_.end()) {
      return {known->second, true};
    }
  }
  sequence_ = sequence_.Next();
  if (!event.key().empty()) {
    Remember(event.key(), sequence_);
  }
  return {sequence_, false};
}

void Applied::Remember(const std::string& key, Sequence sequence) {
  keys_.emplace(key, sequence);
  keys_by_age_.push_back(key);
  if (keys_by_age_.size() > kKeysMax) {
    keys_.erase(keys_by_age_.front());
    keys_by_age_.pop_front();
  }
  PEAL_CHECK(keys_.size() == keys_by_age_.size());
}

}  // namespace peal::ordering
