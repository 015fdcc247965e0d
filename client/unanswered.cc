#include "client/unanswered.h"

#include <utility>

#include "core/base/check.h"

namespace peal::client {

bool Unanswered::HasRoom(size_t bytes) const {
  const bool fits = by_request_.empty() || bytes_ + bytes <= kBytesMax;
  // The order remembers no more of a session.
  return fits && next_.value() - from().value() < kClientSpanMax;
}

ClientSequence Unanswered::from() const {
  return by_request_.empty() ? next_ : by_request_.begin()->second.sequence;
}

void Unanswered::Add(uint64_t request, std::string publish) {
  PEAL_CHECK(HasRoom(publish.size()));
  PEAL_CHECK(by_request_.empty() || by_request_.rbegin()->first < request);
  bytes_ += publish.size();
  by_request_.emplace_hint(by_request_.end(), request, Kept{next_, std::move(publish)});
  next_ = next_.Next();
}

Unanswered::Kept* Unanswered::Find(uint64_t request) {
  const auto kept = by_request_.find(request);
  return kept == by_request_.end() ? nullptr : &kept->second;
}

std::optional<Unanswered::Kept> Unanswered::Take(uint64_t request) {
  auto kept = by_request_.extract(request);
  if (kept.empty()) {
    return std::nullopt;
  }
  PEAL_CHECK(bytes_ >= kept.mapped().publish.size());
  bytes_ -= kept.mapped().publish.size();
  return std::move(kept.mapped());
}

}  // namespace peal::client
