#include "ordering/applied.h"

#include <utility>

#include "core/base/check.h"

namespace peal::ordering {

Applied::Applied(const proto::Snapshot& snapshot) : numbering_(snapshot) {
  for (const proto::KnownKey& known : snapshot.keys()) {
    Remember(known.key(), Sequence(known.sequence()));
  }
}

void Applied::Save(proto::Snapshot* snapshot) const {
  numbering_.Save(snapshot);
  for (const std::string& key : keys_by_age_) {
    proto::KnownKey* known = snapshot->add_keys();
    known->set_key(key);
    known->set_sequence(keys_.at(key).value());
  }
}

Release Applied::Apply(Entry entry) {
  return numbering_.Take(std::move(entry), [this](int, const proto::BatchEvent& event,
                                                  Sequence next) { return Judge(event, next); });
}

EventResult Applied::Judge(const proto::BatchEvent& event, Sequence next) {
  if (event.key().empty()) {
    return {next, false};
  }
  const auto known = keys_.find(event.key());
  if (known != keys_.end()) {
    return {known->second, true};
  }
  Remember(event.key(), next);
  return {next, false};
}

void Applied::Remember(const std::string& key, Sequence sequence) {
  keys_.emplace(key, sequence);
  keys_by_age_.push_back(key);
  if (keys_by_age_.size() > kKeysMax) {
    keys_.erase(keys_by_age_.front());
    keys_by_age_.pop_front();
  }
  PEAL_CHECK(keys_.size() == keys_by_age_.size());
}

}  // namespace peal::ordering
