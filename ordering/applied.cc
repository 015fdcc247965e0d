#include "ordering/applied.h"

#include <utility>

namespace peal::ordering {

Applied::Applied(const proto::Snapshot& snapshot) : numbering_(snapshot) {
  keys_.Restore(snapshot.keys());
  subjects_.Restore(snapshot.subjects());
}

void Applied::Save(proto::Snapshot* snapshot) const {
  numbering_.Save(snapshot);
  keys_.Save(snapshot->mutable_keys());
  subjects_.Save(snapshot->mutable_subjects());
}

Release Applied::Apply(Entry entry) {
  return numbering_.Take(std::move(entry), [this](size_t, const BatchEvent& event, Sequence next) {
    return Judge(event, next);
  });
}

EventResult Applied::Judge(const BatchEvent& event, Sequence next) {
  // A retry comes first: its first try may be what changed the subject.
  if (!event.key.empty()) {
    if (const std::optional<Sequence> known = keys_.Find(event.key)) {
      return {*known, EventOutcome::kDuplicate};
    }
  }
  if (event.expect_subject) {
    const Sequence last = subjects_.Find(event.subject).value_or(Sequence(0));
    if (last != *event.expect_subject) {
      return {last, EventOutcome::kRefused};
    }
  }
  if (!event.key.empty()) {
    keys_.Use(event.key, next);
  }
  if (!event.subject.empty()) {
    subjects_.Use(event.subject, next);
  }
  return {next, EventOutcome::kNumbered};
}

}  // namespace peal::ordering
