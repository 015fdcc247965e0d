#include "core/server/uid_limits.h"

#include "core/base/check.h"
#include "fmt/format.h"

namespace peal::server {

absl::Status UidLimits::Enter(uid_t uid, TimePoint now) {
  if (options_->access.Trusts(uid)) {
    return absl::OkStatus();
  }
  Forget(now);
  const auto found = uids_
                         .try_emplace(uid, Uid{0, TokenBucket(options_->publish_rate_per_uid),
                                               TokenBucket(options_->publish_bytes_per_uid)})
                         .first;
  if (found->second.sessions >= options_->sessions_per_uid) {
    return absl::ResourceExhaustedError(
        fmt::format("uid {} has {} sessions, which is its limit (sessions_per_uid); end one", uid,
                    found->second.sessions));
  }
  ++found->second.sessions;
  return absl::OkStatus();
}

void UidLimits::Leave(uid_t uid, TimePoint now) {
  if (options_->access.Trusts(uid)) {
    return;
  }
  const auto found = uids_.find(uid);
  PEAL_CHECK(found != uids_.end());
  PEAL_CHECK(found->second.sessions > 0);
  --found->second.sessions;
  Forget(now);
}

absl::Status UidLimits::TakePublish(uid_t uid, const proto::Event& event, TimePoint now) {
  if (options_->access.Trusts(uid)) {
    return absl::OkStatus();
  }
  const auto found = uids_.find(uid);
  PEAL_CHECK(found != uids_.end());
  Uid& known = found->second;
  if (!known.events.Has(1, now)) {
    return absl::ResourceExhaustedError(
        fmt::format("uid {} publishes more than {} events a second, its limit "
                    "(publish_rate_per_uid); try again later",
                    uid, options_->publish_rate_per_uid));
  }
  const size_t bytes = options_->publish_bytes_per_uid == 0 ? 0 : event.ByteSizeLong();
  if (!known.bytes.Has(bytes, now)) {
    return absl::ResourceExhaustedError(
        fmt::format("uid {} publishes more than {} bytes a second, its limit "
                    "(publish_bytes_per_uid); try again later",
                    uid, options_->publish_bytes_per_uid));
  }
  known.events.Take(1, now);
  known.bytes.Take(bytes, now);
  return absl::OkStatus();
}

// Of whose buckets are full there is nothing to remember.
void UidLimits::Forget(TimePoint now) {
  const bool crowded = uids_.size() > options_->sessions_max + kIdleMax;
  std::erase_if(uids_, [&](const auto& each) {
    const Uid& uid = each.second;
    return uid.sessions == 0 && (crowded || (uid.events.IsFull(now) && uid.bytes.IsFull(now)));
  });
}

}  // namespace peal::server
