// The state that the applied log amounts to: the same on every node at the same index. A value;
// pure.
#pragma once

#include <cstddef>
#include <map>

#include "ordering/cursors.h"
#include "ordering/entry.h"
#include "ordering/numbering.h"
#include "ordering/output.h"
#include "ordering/recent_keys.h"
#include "ordering/rules.h"
#include "ordering/sessions.h"

namespace peal::ordering {

class Applied {
 public:
  // Ids of publishers' own that are remembered, counted in such events of the log.
  static constexpr size_t kKeysMax = 262'144;
  // Subjects whose last event is known, for conditional publishes. One that was not used for so
  // long counts as one that never was.
  static constexpr size_t kSubjectsMax = 65'536;

  explicit Applied(const Rules& rules = {}) : rules_(rules) {}
  // The state that `snapshot` holds.
  explicit Applied(const proto::Snapshot& snapshot, const Rules& rules = {});
  // Adds this state to `snapshot`.
  void Save(proto::Snapshot* snapshot) const;

  // Decides what the entry comes to: numbers, repeats, duplicates and refusals. Entries come in
  // index order.
  Release Apply(Entry entry);

  // Highest globalseq given.
  Sequence sequence() const { return numbering_.last(); }
  // Members of the last applied primary view.
  const std::map<NodeId, proto::ViewMember>& members() const { return numbering_.members(); }
  const Cursors& cursors() const { return cursors_; }

 private:
  EventResult JudgeFirstTry(const BatchEvent& event, Sequence next);
  // `index`: of its entry.
  EventResult Judge(const BatchEvent& event, Index index, Sequence next);

  Rules rules_;
  Numbering numbering_;
  RecentKeys keys_{kKeysMax};
  RecentKeys subjects_{kSubjectsMax};
  Sessions sessions_;
  Cursors cursors_;
};

}  // namespace peal::ordering
