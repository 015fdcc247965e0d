// What the clients of one uid may take together: sessions, events a second, bytes a second.
//
// The limits are the options'; they hold for nobody whom Access::Trusts(). A uid is known while it
// has sessions, and after that until its buckets are full: who connects anew for each event has
// the same limits as who stays.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <map>

#include "absl/status/status.h"
#include "core/server/options.h"
#include "core/server/token_bucket.h"
#include "proto/event.pb.h"

namespace peal::server {

// Loop thread only. The options outlive it, and do not change what they limit.
class UidLimits {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  // Uids without a session that are known still; beyond, all of those begin anew.
  static constexpr size_t kIdleMax = 1024;

  explicit UidLimits(const ServerOptions* options) : options_(options) {}

  // Counts one more session of the uid, until its Leave(). ResourceExhausted when that is too many;
  // then it does not count.
  absl::Status Enter(uid_t uid, TimePoint now);
  void Leave(uid_t uid, TimePoint now);

  // Takes this event, as its client encodes it, from what the uid may publish. It has a session.
  // ResourceExhausted when it is too much just now; then it takes nothing.
  absl::Status TakePublish(uid_t uid, const proto::Event& event, TimePoint now);

  size_t known_count() const { return uids_.size(); }

 private:
  struct Uid {
    size_t sessions = 0;
    TokenBucket events;
    TokenBucket bytes;
  };

  void Forget(TimePoint now);

  const ServerOptions* const options_;
  std::map<uid_t, Uid> uids_;
};

}  // namespace peal::server
