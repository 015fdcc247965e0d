// The keys that were used last, each with the globalseq it was used at last. A value; pure.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/check.h"
#include "core/base/ids.h"
#include "proto/group.pb.h"

namespace peal::ordering {

class RecentKeys {
 public:
  // Beyond `count_max` the key that was not used for longest is forgotten.
  explicit RecentKeys(size_t count_max) : count_max_(count_max) {}

  std::optional<Sequence> Find(std::string_view key) const {
    const auto known = keys_.find(key);
    return known == keys_.end() ? std::nullopt : std::optional(known->second);
  }

  // `sequence` is above all before it.
  void Use(std::string_view key, Sequence sequence) {
    PEAL_CHECK(by_age_.empty() || by_age_.rbegin()->first < sequence);
    const auto [known, added] = keys_.emplace(std::string(key), sequence);
    if (!added) {
      by_age_.erase(known->second);
      known->second = sequence;
    }
    by_age_.emplace_hint(by_age_.end(), sequence, known);
    if (keys_.size() > count_max_) {
      keys_.erase(by_age_.begin()->second);
      by_age_.erase(by_age_.begin());
    }
    PEAL_CHECK(keys_.size() == by_age_.size());
  }

  // Oldest first.
  void Save(google::protobuf::RepeatedPtrField<proto::KnownKey>* out) const {
    for (const auto& [sequence, known] : by_age_) {
      proto::KnownKey* const added = out->Add();
      added->set_key(known->first);
      added->set_sequence(sequence.value());
    }
  }
  void Restore(const google::protobuf::RepeatedPtrField<proto::KnownKey>& keys) {
    for (const proto::KnownKey& known : keys) {
      Use(known.key(), Sequence(known.sequence()));
    }
  }

 private:
  using Keys = std::map<std::string, Sequence, std::less<>>;

  size_t count_max_;
  Keys keys_;
  std::map<Sequence, Keys::iterator> by_age_;
};

}  // namespace peal::ordering
