#include "core/server/token_bucket.h"

#include <algorithm>

namespace peal::server {

double TokenBucket::Held(TimePoint now) const {
  const std::chrono::duration<double> passed = now - taken_at_;
  const auto per_second = static_cast<double>(per_second_);
  return std::min(per_second, held_ + per_second * passed.count());
}

bool TokenBucket::Has(size_t amount, TimePoint now) const {
  return per_second_ == 0 || Held(now) >= static_cast<double>(std::min(amount, per_second_));
}

void TokenBucket::Take(size_t amount, TimePoint now) {
  held_ = Held(now) - static_cast<double>(amount);
  taken_at_ = now;
}

}  // namespace peal::server
