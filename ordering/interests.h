// Who wants what of the whole cluster, and which members know what this node wants. A value; pure.
#pragma once

#include <map>
#include <set>

#include "core/base/interest.h"
#include "ordering/types.h"
#include "proto/group.pb.h"

namespace peal::ordering {

class Interests {
 public:
  using ByNode = std::map<NodeId, Interest>;

  void SetOwn(Interest own) {
    own_ = std::move(own);
    number_ = number_.Next();
  }
  const Interest& own() const { return own_; }
  // Of what was set last.
  InterestNumber number() const { return number_; }
  // Whether anybody has to know what this node wants before it counts on it.
  bool narrows() const { return !own_.narrowed.empty(); }

  // A member says what it wants. Whether that is news.
  bool Take(NodeId member, Interest interest);
  // A member knows what this node had said up to this number.
  void TakeHeard(NodeId member, InterestNumber number);
  // A new view: who is no member wants nothing. Whether anybody did.
  bool Keep(const std::set<NodeId>& members);
  // There are no members any more but this node.
  void KeepOwn(NodeId self);

  const ByNode& all() const { return all_; }
  // Highest number that all of `members` know, this node among them, but for those who narrow
  // nothing and so do not go by it.
  InterestNumber KnownTo(const std::set<NodeId>& members, NodeId self) const;

 private:
  Interest own_;
  InterestNumber number_;
  ByNode all_;
  std::map<NodeId, InterestNumber> heard_;  // In this view.
};

Interest FromProto(const proto::Interest& said);
void ToProto(const Interest& interest, InterestNumber number, proto::Interest* out);

}  // namespace peal::ordering
