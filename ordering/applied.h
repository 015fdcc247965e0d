// The state that the applied log amounts to: the same on every node at the same index. A value;
// pure.
#pragma once

#include <deque>
#include <map>
#include <string>

#include "ordering/entry.h"
#include "ordering/numbering.h"
#include "ordering/output.h"

namespace peal::ordering {

class Applied {
 public:
  // Keys remembered for finding a publisher's own repeated ids, counted in keyed events of the log.
  static constexpr size_t kKeysMax = 262'144;

  Applied() = default;
  // The state that `snapshot` holds.
  explicit Applied(const proto::Snapshot& snapshot);
  // Adds this state to `snapshot`.
  void Save(proto::Snapshot* snapshot) const;

  // Decides what the entry comes to: numbers, and duplicates. Entries come in index order.
  Release Apply(Entry entry);

  // Highest globalseq given.
  Sequence sequence() const { return numbering_.last(); }
  // Members of the last applied primary view.
  const std::map<NodeId, proto::ViewMember>& members() const { return numbering_.members(); }

 private:
  EventResult Judge(const proto::BatchEvent& event, Sequence next);
  void Remember(const std::string& key, Sequence sequence);

  Numbering numbering_;
  std::map<std::string, Sequence> keys_;
  std::deque<std::string> keys_by_age_;
};

}  // namespace peal::ordering
