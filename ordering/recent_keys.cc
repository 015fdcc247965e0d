#include "ordering/recent_keys.h"

#include <algorithm>

#include "core/base/check.h"

namespace peal::ordering {

RecentKeys::Key RecentKeys::KeyOf(std::string_view key) {
  Key out{};
  std::copy_n(key.begin(), std::min(key.size(), out.size()), out.begin());
  return out;
}

bool RecentKeys::IsLast(const Used& used) const {
  const auto known = keys_.find(used.key);
  return known != keys_.end() && known->second == used.sequence;
}

std::optional<Sequence> RecentKeys::Find(std::string_view key) const {
  const auto known = keys_.find(KeyOf(key));
  return known == keys_.end() ? std::nullopt : std::optional(known->second);
}

void RecentKeys::Use(std::string_view key, Sequence sequence) {
  PEAL_CHECK(uses_.empty() || uses_.back().sequence < sequence);
  const Key fixed = KeyOf(key);
  keys_.insert_or_assign(fixed, sequence);
  uses_.push_back({sequence, fixed});
  if (keys_.size() > count_max_) {
    ForgetOldest();
  }
  if (uses_.size() > 2 * count_max_) {
    std::erase_if(uses_, [this](const Used& used) { return !IsLast(used); });
  }
}

void RecentKeys::ForgetOldest() {
  while (!IsLast(uses_.front())) {
    uses_.pop_front();
  }
  keys_.erase(uses_.front().key);
  uses_.pop_front();
}

void RecentKeys::Save(proto::KnownKeys* out) const {
  out->mutable_keys()->reserve(keys_.size() * kKeyBytes);
  for (const Used& used : uses_) {
    if (IsLast(used)) {
      out->mutable_keys()->append(used.key.data(), used.key.size());
      out->add_sequences(used.sequence.value());
    }
  }
}

void RecentKeys::Restore(const proto::KnownKeys& known) {
  const std::string_view keys = known.keys();
  uint64_t before = 0;
  size_t at = 0;
  for (const uint64_t sequence : known.sequences()) {
    if (sequence > before && at + kKeyBytes <= keys.size()) {
      Use(keys.substr(at, kKeyBytes), Sequence(sequence));
      before = sequence;
    }
    at += kKeyBytes;
  }
}

}  // namespace peal::ordering
