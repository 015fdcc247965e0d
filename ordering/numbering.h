// Gives applied entries their numbers in the global order. A value; pure.
#pragma once

#include <cstddef>
#include <functional>
#include <map>

#include "ordering/entry.h"
#include "ordering/output.h"
#include "proto/group.pb.h"

namespace peal::ordering {

class Numbering {
 public:
  // What comes of the event at this place of its batch; `next` is the number it gets if any.
  using Judge = std::function<EventResult(size_t place, const BatchEvent& event, Sequence next)>;

  Numbering() = default;
  // Goes on from what `snapshot` holds.
  explicit Numbering(const proto::Snapshot& snapshot);
  void Save(proto::Snapshot* snapshot) const;

  // Numbers the next entry. `judge` is asked about each event that is no mark, and each change of a
  // cursor.
  Release Take(Entry entry, const Judge& judge);

  // Highest globalseq given.
  Sequence last() const { return last_; }
  // Members of the last primary view.
  const std::map<NodeId, proto::ViewMember>& members() const { return members_; }

 private:
  void TakeEpoch(Release* release);

  Sequence last_;
  std::map<NodeId, proto::ViewMember> members_;
};

}  // namespace peal::ordering
