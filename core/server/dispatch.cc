#include "core/server/dispatch.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/status/statusor.h"

namespace peal::server {
namespace {

using filter::MatchesOne;
using filter::TypeGlob;

constexpr std::string_view kEveryType = "*";

// A glob that this daemon cannot read matches everything: better too much than too little.
TypeGlob Readable(const std::string& text) {
  const absl::StatusOr<TypeGlob> glob = TypeGlob::Parse(text);
  return glob.ok() ? *glob : *TypeGlob::Parse(kEveryType);
}

std::vector<TypeGlob> AllReadable(const std::vector<std::string>& texts) {
  std::vector<TypeGlob> globs;
  std::transform(texts.begin(), texts.end(), std::back_inserter(globs), Readable);
  return globs;
}

}  // namespace

Dispatch::Dispatch(std::vector<TypeGlob> by_interest, std::vector<TypeGlob> broadcast)
    : by_interest_(std::move(by_interest)), broadcast_(std::move(broadcast)) {}

void Dispatch::SetInterests(const std::map<std::string, Interest>& by_node) {
  remembered_.clear();
  wanted_.clear();
  if (by_interest_.empty()) {
    return;
  }
  for (const auto& [node, interest] : by_node) {
    wanted_.push_back({AllReadable(interest.narrowed), AllReadable(interest.types)});
  }
}

bool Dispatch::Wants(const std::string& type) {
  if (by_interest_.empty()) {
    return true;
  }
  if (const auto known = remembered_.find(type); known != remembered_.end()) {
    return known->second;
  }
  if (remembered_.size() >= kRememberedMax) {
    remembered_.clear();
  }
  const bool wants = Decide(type);
  remembered_.emplace(type, wants);
  return wants;
}

// What is broadcast here is among what this daemon asks for.
bool Dispatch::Decide(std::string_view type) const {
  return type.starts_with("peal.") || !MatchesOne(by_interest_, type) ||
         std::any_of(wanted_.begin(), wanted_.end(), [type](const Wanted& daemon) {
           return !MatchesOne(daemon.narrowed, type) || MatchesOne(daemon.types, type);
         });
}

bool Dispatch::Overlaps(const TypeGlob& glob) const {
  return std::any_of(by_interest_.begin(), by_interest_.end(),
                     [&glob](const TypeGlob& narrowed) { return Overlap(glob, narrowed); });
}

bool Dispatch::Concerns(const SubscriptionSpec& spec) const {
  return !by_interest_.empty() && spec.WantsGlobal() &&
         (spec.types.empty() ||
          std::any_of(spec.types.begin(), spec.types.end(),
                      [this](const TypeGlob& glob) { return Overlaps(glob); }));
}

std::set<std::string> Dispatch::Asked(const std::vector<const SubscriptionSpec*>& specs) const {
  std::set<std::string> asked;
  if (by_interest_.empty()) {
    return asked;
  }
  for (const TypeGlob& glob : broadcast_) {
    asked.insert(glob.text());
  }
  for (const SubscriptionSpec* const spec : specs) {
    if (spec->WantsGlobal() && spec->types.empty()) {
      return {std::string(kEveryType)};
    }
    for (const TypeGlob& glob : spec->types) {
      if (spec->WantsGlobal() && Overlaps(glob)) {
        asked.insert(glob.text());
      }
    }
  }
  size_t bytes = 0;
  for (const std::string& text : asked) {
    bytes += text.size();
  }
  if (asked.size() > kTypesMax || bytes > kTypesBytesMax) {
    return {std::string(kEveryType)};
  }
  return asked;
}

}  // namespace peal::server
