#include "ordering/applied.h"

#include <utility>

namespace peal::ordering {

Applied::Applied(const proto::Snapshot& snapshot, const Rules& rules)
    : rules_(rules), numbering_(snapshot) {
  keys_.Restore(snapshot.keys());
  subjects_.Restore(snapshot.subjects());
  sessions_.Restore(snapshot.sessions());
  cursors_.Restore(snapshot.cursors());
}

void Applied::Save(proto::Snapshot* snapshot) const {
  numbering_.Save(snapshot);
  keys_.Save(snapshot->mutable_keys());
  subjects_.Save(snapshot->mutable_subjects());
  sessions_.Save(snapshot->mutable_sessions());
  cursors_.Save(snapshot->mutable_cursors());
}

Release Applied::Apply(Entry entry) {
  const Index index = entry.index;
  const Maker maker = entry.kind == EntryKind::kBatch
                          ? Maker{entry.batch_id().node, entry.batch_id().incarnation}
                          : Maker{};
  return numbering_.Take(std::move(entry), [&](size_t, const BatchEvent& event, Sequence next) {
    return event.event.empty() ? cursors_.Apply(event.cursor, maker, Sequence(next.value() - 1))
                               : Judge(event, index, next);
  });
}

EventResult Applied::Judge(const BatchEvent& event, Index index, Sequence next) {
  if (!event.client.numbered() || !rules_.session) {
    return JudgeFirstTry(event, next);
  }
  if (const std::optional<EventResult> first = sessions_.Repeated(event.client)) {
    return *first;
  }
  // Also what was refused stays so: its client was told that it will never appear.
  EventResult result = JudgeFirstTry(event, next);
  result.index = result.numbered() ? index : Index(0);
  sessions_.Answer(event.client, result);
  return result;
}

EventResult Applied::JudgeFirstTry(const BatchEvent& event, Sequence next) {
  // A repeated id comes first: what had it first may be what changed the subject.
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
