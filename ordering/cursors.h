// The places of durable subscriptions. A part of the applied state: it depends on the log alone. A
// value; pure.
//
//   change    of a name that is                  comes to
//   HOLD      not known, and there is room       it begins; the maker holds it
//             not known, and there is none       kNoRoom
//             known, of this owner or for root   the maker holds it, whoever did before
//   MOVE      held by the maker                  its place is the later one of each kind
//   RELEASE   held by the maker                  the same, and nobody holds it
//   REMOVE    known, of this owner               it is forgotten
//   any       else                               kNotHeld, and nothing changes
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "ordering/output.h"
#include "proto/group.pb.h"

namespace peal::ordering {

// A daemon, in one of its incarnations.
struct Maker {
  NodeId node;
  Incarnation incarnation;
};

class Cursors {
 public:
  // Names that are known. Beyond it none begins.
  static constexpr size_t kCursorsMax = 1'024;
  // Logs of local events in one place; beyond it the one that was named longest ago is forgotten.
  static constexpr int kLogsMax = 64;

  using ByName = std::map<std::string, proto::KnownCursor, std::less<>>;

  // `encoded`: a CursorChange, else kNotHeld. `last`: the highest globalseq before it.
  EventResult Apply(std::string_view encoded, const Maker& maker, Sequence last);

  const ByName& all() const { return by_name_; }

  void Save(google::protobuf::RepeatedPtrField<proto::KnownCursor>* out) const;
  // Beyond the limits, and without a name, they are left out.
  void Restore(const google::protobuf::RepeatedPtrField<proto::KnownCursor>& known);

 private:
  EventResult Hold(const proto::CursorChange& change, const Maker& maker, Sequence last);

  ByName by_name_;
};

}  // namespace peal::ordering
