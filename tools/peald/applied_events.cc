#include "tools/peald/applied_events.h"

#include <string_view>
#include <utility>

#include "core/base/check.h"
#include "core/log.h"
#include "producers/membership/membership.h"

namespace peal::daemon {
namespace {

std::vector<producers::Member> Members(const auto& members) {
  std::vector<producers::Member> out;
  out.reserve(static_cast<size_t>(members.size()));
  for (const proto::ViewMember& member : members) {
    out.push_back({NodeId(member.node()), member.name(), Incarnation(member.incarnation())});
  }
  return out;
}

void Add(Sequence sequence, Epoch epoch, std::string_view encoded, server::EventChunk* out) {
  if (!out->Add(sequence, epoch, encoded)) {
    log::Error("the event with globalseq {} is unreadable", sequence.value());
  }
}

void AddViewEvents(const ordering::Release& release, server::EventChunk* out) {
  const proto::EpochRecord& opened = *release.entry.opened;
  producers::MembershipChange change;
  change.epoch = Epoch(opened.epoch());
  change.members = Members(opened.members());
  change.before = Members(release.before);
  std::vector<proto::Event> events = producers::MembershipEvents(change);
  // The order has given as many numbers as there are events.
  PEAL_CHECK(events.size() == release.count);
  Sequence sequence = release.sequence;
  for (proto::Event& event : events) {
    event.set_time_us(opened.time_us());
    Add(sequence, release.entry.epoch, event.SerializeAsString(), out);
    sequence = sequence.Next();
  }
}

void AddBatchEvents(const ordering::Release& release, server::EventChunk* out) {
  for (size_t i = 0; i < release.results.size(); ++i) {
    const ordering::EventResult& result = release.results[i];
    if (result.numbered()) {
      Add(result.sequence, release.entry.epoch, release.entry.batch->events[i].event, out);
    }
  }
}

}  // namespace

server::EventChunk AppliedEvents(const std::vector<ordering::Release>& releases) {
  server::EventChunk events;
  for (const ordering::Release& release : releases) {
    if (release.entry.kind == ordering::EntryKind::kEpoch) {
      AddViewEvents(release, &events);
    } else {
      AddBatchEvents(release, &events);
    }
  }
  return events;
}

}  // namespace peal::daemon
