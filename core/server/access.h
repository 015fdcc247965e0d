// Who may do what: rules by uid and gid, and what they come to for one caller.
//
// Pure, and all values. core/config reads the rules; docs/operations.md tells what they mean.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "core/filter/glob.h"
#include "core/io/socket.h"

namespace peal::server {

enum class Verb : uint8_t { kPublish, kSubscribe, kWatch, kLock, kAdmin };

// As rules write them, in the order of Verb.
inline constexpr std::array<std::string_view, 5> kVerbNames = {"publish", "subscribe", "watch",
                                                               "lock", "admin"};

std::set<Verb> AllVerbs();

struct AccessRule {
  // Whom it is for. With both: who has both.
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;  // Also one of the groups beside the first.
  std::set<Verb> verbs;
  std::vector<filter::TypeGlob> types;  // None: every type.
};

// What one caller may do. Refusals are PermissionDenied, say what is allowed instead, and are short
// enough for a line in the log.
class Rights {
 public:
  explicit Rights(uid_t uid) : uid_(uid) {}

  // What `rule` allows as well. One for some types does not allow to administer: that is not of
  // types.
  void Add(const AccessRule& rule);

  // Whether there is any right: whoever has one may greet, ask for status and lists, and wait at a
  // barrier.
  absl::Status MayConnect() const;
  absl::Status MayPublish(std::string_view type) const;
  // Each of these globs has to be covered by an allowed one (TypeGlob::Covers); none is every type.
  absl::Status MaySubscribe(const std::vector<filter::TypeGlob>& wanted) const;
  // Its own durable subscription with the right to subscribe to anything, another's with that to
  // administer.
  absl::Status MayForget(std::string_view durable, uid_t owner) const;
  // `what` is for the refusal, such as "change the voters".
  absl::Status MayAdminister(std::string_view what) const;

 private:
  using Globs = std::vector<filter::TypeGlob>;

  const Globs& TypesOf(Verb verb) const { return types_[static_cast<size_t>(verb)]; }
  Globs& TypesOf(Verb verb) { return types_[static_cast<size_t>(verb)]; }
  absl::Status Denied(Verb verb, std::string_view what) const;

  const uid_t uid_;
  std::array<Globs, kVerbNames.size()> types_;  // By verb. None: no type.
};

class Access {
 public:
  // Nobody but root has rights.
  Access() = default;
  // `owner` is the daemon's own user.
  Access(uid_t owner, std::vector<AccessRule> rules) : owner_(owner), rules_(std::move(rules)) {}

  // Root and the daemon's own user may do everything, whatever the rules say, and a uid's limits do
  // not hold for them.
  bool Trusts(uid_t uid) const { return uid == 0 || uid == owner_; }

  Rights RightsOf(const io::PeerCredentials& caller) const;

 private:
  uid_t owner_ = 0;
  std::vector<AccessRule> rules_;
};

}  // namespace peal::server
