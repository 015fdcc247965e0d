// Changes of the primary component as events. Pure, and without a clock: every node makes the same
// events of the same change, at the same place of the global order, whether somebody listens or
// not.
#pragma once

#include <string>
#include <vector>

#include "core/base/ids.h"
#include "producers/producer.h"
#include "proto/event.pb.h"

namespace peal::producers {

struct Member {
  NodeId node;
  std::string name;
  Incarnation incarnation;
  bool operator==(const Member&) const = default;
};

// An epoch was opened.
struct MembershipChange {
  Epoch epoch;
  std::vector<Member> members;  // Of the primary component now,
  std::vector<Member> before;   // and of the one before; in any order.
};

// First one `peal.view`: subject, the epoch (a stamp as well); attributes `members`, `joined`,
// `left`, names separated by commas in the order of the node ids. Then a `node.joined` for each
// that joined, then a `node.left` for each that left, in that order: subject, the node's name;
// attribute `nodeid`. A node is known by its id and incarnation: a daemon that restarted in between
// has left and joined. No node published these: their source is "/peal", their ids `view-EPOCH`,
// `joined-EPOCH-NODE` and `left-EPOCH-NODE`.
std::vector<proto::Event> MembershipEvents(const MembershipChange& change);

// The class `node`, which the bus itself produces.
ClassDescription NodeClass();

}  // namespace peal::producers
