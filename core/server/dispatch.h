// Which global events go into the order: those of types that are broadcast, and of the others those
// that some daemon has asked for.
//
// A type is by interest when the daemon is configured so for it; the bus's own, `peal.*`, never is.
// Each daemon tells the others its Interest: which types it treats so, and which of those its
// subscribers want. Who does not treat a type so wants it, so that daemons of different
// configurations lose nothing to each other.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/base/interest.h"
#include "core/filter/glob.h"
#include "core/server/subscription.h"

namespace peal::server {

// Loop thread only.
class Dispatch {
 public:
  // What a daemon asks for; more, and it asks for everything.
  static constexpr size_t kTypesMax = 256;
  static constexpr size_t kTypesBytesMax = size_t{16} << 10;
  // Types of events that are remembered with what becomes of them.
  static constexpr size_t kRememberedMax = 4'096;

  // Types that match one of `by_interest`, and none of `broadcast`, are by interest.
  Dispatch(std::vector<filter::TypeGlob> by_interest, std::vector<filter::TypeGlob> broadcast);

  // What all daemons of the view want, this one included.
  void SetInterests(const std::map<std::string, Interest>& by_node);
  // Whether events of this type go into the order.
  bool Wants(const std::string& type);

  // Whether the subscription gets some of its events only if this daemon asks for them.
  bool Concerns(const SubscriptionSpec& spec) const;
  // The globs that this daemon asks with for these subscriptions, each once.
  std::set<std::string> Asked(const std::vector<const SubscriptionSpec*>& specs) const;

 private:
  struct Wanted {
    std::vector<filter::TypeGlob> narrowed;
    std::vector<filter::TypeGlob> types;
  };

  bool Overlaps(const filter::TypeGlob& glob) const;
  bool Decide(std::string_view type) const;

  const std::vector<filter::TypeGlob> by_interest_;
  const std::vector<filter::TypeGlob> broadcast_;
  std::vector<Wanted> wanted_;  // One a daemon.
  absl::flat_hash_map<std::string, bool> remembered_;
};

}  // namespace peal::server
