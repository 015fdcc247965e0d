#include "producers/ip/link_table.h"

#include <utility>

namespace peal::producers {
namespace {

// State "removed" is ours: the kernel has no word for it.
LinkChange Down(Link link, const std::string& state) {
  link.up = false;
  link.state = state;
  return {.up = false, .link = std::move(link)};
}

}  // namespace

std::vector<LinkChange> LinkTable::Set(const Link& link) {
  std::vector<LinkChange> changes;
  auto known = links_.find(link.index);
  const bool was_up = known != links_.end() && known->second.up;
  const bool renamed = known != links_.end() && known->second.name != link.name;
  if (was_up && renamed) {
    changes.push_back(Down(known->second, "renamed"));
  }
  if (link.up && (!was_up || renamed)) {
    changes.push_back({.up = true, .link = link});
  }
  if (!link.up && was_up && !renamed) {
    changes.push_back({.up = false, .link = link});
  }
  links_[link.index] = link;
  return changes;
}

std::vector<LinkChange> LinkTable::Remove(int index) {
  auto known = links_.find(index);
  if (known == links_.end()) {
    return {};
  }
  std::vector<LinkChange> changes;
  if (known->second.up) {
    changes.push_back(Down(known->second, "removed"));
  }
  links_.erase(known);
  return changes;
}

std::vector<LinkChange> LinkTable::Replace(const std::vector<Link>& links) {
  std::map<int, Link> now;
  for (const Link& link : links) {
    now[link.index] = link;
  }
  std::vector<int> gone;
  for (const auto& [index, link] : links_) {
    if (!now.contains(index)) {
      gone.push_back(index);
    }
  }
  std::vector<LinkChange> changes;
  const auto append = [&changes](std::vector<LinkChange> more) {
    changes.insert(changes.end(), more.begin(), more.end());
  };
  for (int index : gone) {
    append(Remove(index));
  }
  for (const auto& [index, link] : now) {
    append(Set(link));
  }
  return changes;
}

std::string LinkTable::NameOf(int index) const {
  auto known = links_.find(index);
  return known == links_.end() ? "" : known->second.name;
}

}  // namespace peal::producers
