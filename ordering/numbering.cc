#include "ordering/numbering.h"

#include <utility>
#include <vector>

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

Numbering::Numbering(const proto::Snapshot& snapshot) : last_(snapshot.sequence()) {
  for (const proto::ViewMember& member : snapshot.members()) {
    members_.emplace(NodeId(member.node()), member);
  }
}

void Numbering::Save(proto::Snapshot* snapshot) const {
  snapshot->set_sequence(last_.value());
  for (const auto& [node, member] : members_) {
    *snapshot->add_members() = member;
  }
}

Release Numbering::Take(Entry entry, const Judge& judge) {
  Release release;
  release.entry = std::move(entry);
  if (release.entry.kind == EntryKind::kEpoch) {
    TakeEpoch(&release);
    return release;
  }
  const std::vector<BatchEvent>& events = release.entry.batch->events;
  release.results.reserve(events.size());
  for (size_t place = 0; place < events.size(); ++place) {
    const BatchEvent& event = events[place];
    const bool mark = event.event.empty() && event.cursor.empty();
    const EventResult result = mark ? EventResult{} : judge(place, event, last_.Next());
    if (result.numbered()) {
      PEAL_CHECK(result.sequence == last_.Next());
      last_ = result.sequence;
    }
    release.results.push_back(result);
  }
  return release;
}

void Numbering::TakeEpoch(Release* release) {
  std::map<NodeId, proto::ViewMember> members;
  for (const proto::ViewMember& member : release->entry.opened->members()) {
    members.emplace(NodeId(member.node()), member);
  }
  // One event for the view, one for each that joined, one for each that left.
  release->sequence = last_.Next();
  release->count = 1 + CountMissing(members, members_) + CountMissing(members_, members);
  last_ = last_.Plus(release->count);
  for (auto& [node, member] : members_) {
    release->before.push_back(std::move(member));
  }
  members_ = std::move(members);
}

}  // namespace peal::ordering
