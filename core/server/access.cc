#include "core/server/access.h"

#include <algorithm>

#include "core/base/event_codec.h"
#include "fmt/format.h"

namespace peal::server {
namespace {

using filter::TypeGlob;

// Globs that a refusal lists.
constexpr size_t kListedMax = 8;

const TypeGlob& EveryType() {
  static const TypeGlob every_type = *TypeGlob::Parse("*");
  return every_type;
}

bool IsIn(gid_t gid, const io::PeerCredentials& caller) {
  return caller.gid == gid ||
         std::find(caller.groups.begin(), caller.groups.end(), gid) != caller.groups.end();
}

bool IsFor(const AccessRule& rule, const io::PeerCredentials& caller) {
  const bool named = rule.uid || rule.gid;
  return named && (!rule.uid || *rule.uid == caller.uid) && (!rule.gid || IsIn(*rule.gid, caller));
}

bool Covered(const std::vector<TypeGlob>& allowed, const TypeGlob& wanted) {
  return std::any_of(allowed.begin(), allowed.end(),
                     [&wanted](const TypeGlob& glob) { return glob.Covers(wanted); });
}

// A type that no event can have is not looked at: matching takes its length times the globs'.
bool Allowed(const std::vector<TypeGlob>& allowed, std::string_view type) {
  return type.size() <= base::kFieldBytesMax && filter::MatchesOne(allowed, type);
}

// The first of them.
std::string List(const std::vector<TypeGlob>& globs) {
  std::string list;
  for (size_t i = 0; i < std::min(globs.size(), kListedMax); ++i) {
    list += fmt::format("{}{}", list.empty() ? "" : ", ", globs[i].text());
  }
  return globs.size() > kListedMax ? list + ", ..." : list;
}

}  // namespace

std::set<Verb> AllVerbs() {
  return {Verb::kPublish, Verb::kSubscribe, Verb::kWatch, Verb::kLock, Verb::kAdmin};
}

void Rights::Add(const AccessRule& rule) {
  for (const Verb verb : rule.verbs) {
    Globs& types = TypesOf(verb);
    if (rule.types.empty()) {
      types.push_back(EveryType());
    } else {
      types.insert(types.end(), rule.types.begin(), rule.types.end());
    }
  }
}

absl::Status Rights::MayConnect() const {
  if (std::all_of(types_.begin(), types_.end(), [](const Globs& types) { return types.empty(); })) {
    return absl::PermissionDeniedError(fmt::format(
        "uid {} has no rights here; an [[acl]] rule in peald.toml can give it some, and without "
        "such rules the group {} has all",
        uid_, io::kSocketGroup));
  }
  return absl::OkStatus();
}

absl::Status Rights::MayPublish(std::string_view type) const {
  if (Allowed(TypesOf(Verb::kPublish), type)) {
    return absl::OkStatus();
  }
  return Denied(Verb::kPublish, type.size() <= filter::kGlobBytesMax
                                    ? fmt::format("publish '{}'", type)
                                    : fmt::format("publish a type of {} bytes", type.size()));
}

absl::Status Rights::MaySubscribe(const std::vector<TypeGlob>& wanted) const {
  const Globs& allowed = TypesOf(Verb::kSubscribe);
  if (wanted.empty()) {
    return Covered(allowed, EveryType())
               ? absl::OkStatus()
               : Denied(Verb::kSubscribe, "subscribe to every type; name types");
  }
  const auto denied = std::find_if(wanted.begin(), wanted.end(), [&allowed](const TypeGlob& glob) {
    return !Covered(allowed, glob);
  });
  return denied == wanted.end()
             ? absl::OkStatus()
             : Denied(Verb::kSubscribe, fmt::format("subscribe to '{}'", denied->text()));
}

absl::Status Rights::MayForget(std::string_view durable, uid_t owner) const {
  const std::string what =
      fmt::format("forget the durable subscription '{}' of uid {}", durable, owner);
  absl::Status administers = MayAdminister(what);
  if (owner != uid_ || administers.ok()) {
    return administers;
  }
  return TypesOf(Verb::kSubscribe).empty() ? Denied(Verb::kSubscribe, what) : absl::OkStatus();
}

absl::Status Rights::MayAdminister(std::string_view what) const {
  return Covered(TypesOf(Verb::kAdmin), EveryType()) ? absl::OkStatus()
                                                     : Denied(Verb::kAdmin, what);
}

absl::Status Rights::Denied(Verb verb, std::string_view what) const {
  const Globs& allowed = TypesOf(verb);
  const std::string_view name = kVerbNames[static_cast<size_t>(verb)];
  return absl::PermissionDeniedError(
      fmt::format("uid {} may not {}: the [[acl]] rules in peald.toml give it {}", uid_, what,
                  allowed.empty() ? fmt::format("no right to {}", name)
                                  : fmt::format("the right to {} {}", name, List(allowed))));
}

Rights Access::RightsOf(const io::PeerCredentials& caller) const {
  Rights rights(caller.uid);
  if (Trusts(caller.uid)) {
    rights.Add({.verbs = AllVerbs()});
    return rights;
  }
  for (const AccessRule& rule : rules_) {
    if (IsFor(rule, caller)) {
      rights.Add(rule);
    }
  }
  return rights;
}

}  // namespace peal::server
