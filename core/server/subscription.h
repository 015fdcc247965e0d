// What one subscriber wants, and how far it has it.
//
// From NEW: everything that this node delivers from now on. From FIRST: everything that is still
// held, then what is new. From SEQUENCE: from that globalseq on, then what is new; local events as
// they lie between the global ones, as far as memory holds them. A sequence that is not there yet
// is waited for; until then only local events come.
//
// Global events that memory no longer holds come from the journal: while WantsHistory(), the owner
// reads there and hands over what it got.
//
// What a subscription did not get it is told, whatever it filters by: a `peal.gap` at the place,
// with the attributes `cause` ("trimmed": it is not held any more; "damaged": it cannot be read),
// `from` and `to` (global events, both included), and `locals` (how many local events), as far as
// its scope covers them and there are any.
//
// From FIRST and SEQUENCE, a subscription that names the type `peal.live` or `peal.*` in just these
// letters gets a `peal.live` where history ends. Others do not, so that they see exactly the
// events. Neither of the two has a sequence; both have scope local and go to this one subscriber.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/ids.h"
#include "core/filter/glob.h"
#include "core/server/applied_event.h"
#include "core/server/feed.h"
#include "core/server/options.h"
#include "proto/event.pb.h"
#include "proto/session.pb.h"

namespace peal::server {

// A subscription's wishes, checked. A value.
struct SubscriptionSpec {
  static constexpr int kTypesMax = 64;

  std::vector<filter::TypeGlob> types;  // None: every type.
  proto::Subscribe::Scope scope = proto::Subscribe::ALL;
  proto::Subscribe::From from = proto::Subscribe::NEW;
  Sequence from_sequence;

  bool WantsType(std::string_view type) const;
  bool WantsGlobal() const { return scope != proto::Subscribe::LOCAL; }
  bool WantsLocal() const { return scope != proto::Subscribe::GLOBAL; }
};

// InvalidArgument says what is wrong with the request.
absl::StatusOr<SubscriptionSpec> ParseSubscribe(const proto::Subscribe& request);

// A cursor into the feed. It takes no memory for what it has not read yet. Loop thread only.
class Subscription {
 public:
  // At most this many items are looked at in one Pull().
  static constexpr size_t kPullItemsMax = 4096;

  // Feed and options outlive it. `name` is unique within this incarnation of the node: ids of the
  // events that only this subscriber gets begin with it.
  Subscription(SubscriptionSpec spec, const Feed* feed, const ServerOptions* options,
               std::string name);

  // Whether there is something to do: to Pull(), or to read history.
  bool HasMore() const;

  // Adds what comes next to `out`, until it has `bytes_max` or kPullItemsMax items were looked at.
  // Nothing while history is wanted.
  void Pull(size_t bytes_max, proto::Deliver* out);

  // From which globalseq on the owner is to read the journal now; each wish is told once.
  std::optional<Sequence> TakeHistoryWish();
  // What came of it: History::Read(). `first`: History::first().
  void TakeHistory(absl::StatusOr<std::vector<AppliedEvent>> events, Sequence first,
                   proto::Deliver* out);

  const SubscriptionSpec& spec() const { return spec_; }
  uint64_t delivered() const { return delivered_; }
  // Events that it has not looked at.
  uint64_t lag() const;

 private:
  bool WantsHistory() const;
  void SkipTrimmed(proto::Deliver* out);
  void Pass(const FeedItem& item, proto::Deliver* out);
  void PassGlobal(Sequence globalseq, std::string_view type, const std::string& encoded,
                  proto::Deliver* out);
  void AddLiveIfDue(proto::Deliver* out);
  void AddGap(std::string_view cause, Sequence end, uint64_t locals, proto::Deliver* out);
  void AddOwn(proto::Event event, proto::Deliver* out);
  void Add(std::string encoded, proto::Deliver* out);

  const SubscriptionSpec spec_;
  const Feed* const feed_;
  const ServerOptions* const options_;
  const std::string name_;

  FeedPosition position_;       // The next item to look at.
  Sequence expected_;           // The next global event.
  uint64_t locals_passed_ = 0;  // Local events of the feed before position_, or not asked for.
  bool started_ = false;
  bool reading_ = false;  // History is being read.
  bool live_due_ = false;
  FeedPosition live_at_;  // Where history ends.
  uint64_t delivered_ = 0;
  size_t pulled_bytes_ = 0;
  uint64_t own_events_ = 0;
};

}  // namespace peal::server
