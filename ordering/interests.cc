#include "ordering/interests.h"

#include <algorithm>
#include <utility>

namespace peal::ordering {

bool Interests::Take(NodeId member, Interest interest) {
  const auto [known, added] = all_.try_emplace(member);
  // Who wants nothing in particular is news as well: of what it does not narrow it wants
  // everything.
  if (!added && known->second == interest) {
    return false;
  }
  known->second = std::move(interest);
  return true;
}

void Interests::TakeHeard(NodeId member, InterestNumber number) {
  InterestNumber& heard = heard_[member];
  heard = std::max(heard, number);
}

bool Interests::Keep(const std::set<NodeId>& members) {
  heard_.clear();
  return std::erase_if(
             all_, [&members](const auto& member) { return !members.contains(member.first); }) > 0;
}

void Interests::KeepOwn(NodeId self) {
  heard_.clear();
  all_.clear();
  if (own_ != Interest()) {
    all_.emplace(self, own_);
  }
}

InterestNumber Interests::KnownTo(const std::set<NodeId>& members, NodeId self) const {
  InterestNumber known = number_;
  for (const NodeId member : members) {
    const auto said = all_.find(member);
    const bool goes_by_it =
        member == self || (said != all_.end() && !said->second.narrowed.empty());
    if (goes_by_it) {
      const auto heard = heard_.find(member);
      known = std::min(known, heard == heard_.end() ? InterestNumber(0) : heard->second);
    }
  }
  return known;
}

Interest FromProto(const proto::Interest& said) {
  return {{said.classes().begin(), said.classes().end()},
          {said.types().begin(), said.types().end()},
          {said.narrowed().begin(), said.narrowed().end()}};
}

void ToProto(const Interest& interest, InterestNumber number, proto::Interest* out) {
  out->mutable_classes()->Assign(interest.classes.begin(), interest.classes.end());
  out->mutable_types()->Assign(interest.types.begin(), interest.types.end());
  out->mutable_narrowed()->Assign(interest.narrowed.begin(), interest.narrowed.end());
  if (!interest.narrowed.empty()) {
    out->set_number(number.value());
  }
}

}  // namespace peal::ordering
