// What one subscriber wants, and how far it has it.
//
// From NEW: everything that this node delivers from now on. From FIRST: everything that is still
// held, then what is new. From SEQUENCE: from that globalseq on, with the local events that lie
// after the global one before it, then what is new. A sequence that is not there yet is waited for;
// until then only local events come.
//
// What memory no longer holds comes from the two journals: the owner reads there what is wished for
// and hands over what it got. A local event lies after the global one that was shown last before
// it. How far the subscription is says one number of each kind, so that nothing is lost or comes
// twice however the two lie to each other, in the journals and in the feed.
//
// What a subscription did not get it is told, whatever it filters by: a `peal.gap` at the place,
// with the attributes `cause` ("trimmed": it is not held any more; "damaged": it cannot be read),
// `from` and `to` (global events, both included), and `locals` (how many local events), as far as
// its scope covers them and there are any.
//
// From FIRST and SEQUENCE, a subscription that names the type `peal.live` or `peal.*` in just these
// letters gets a `peal.live` where history ends. Others do not, so that they see exactly the
// events. Neither of the two has a sequence; both have scope local and go to this one subscriber.
//
// From PLACE it goes on where another one was, on this node or another: nothing of what that one
// had comes again. With a window it waits while so many events are delivered and not confirmed, and
// what is confirmed has a place as well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/ids.h"
#include "core/filter/glob.h"
#include "core/server/delivery.h"
#include "core/server/event_chunk.h"
#include "core/server/fanout.h"
#include "core/server/feed.h"
#include "core/server/local_history.h"
#include "core/server/options.h"
#include "core/server/place.h"
#include "proto/event.pb.h"
#include "proto/session.pb.h"

namespace peal::server {

// A subscription's wishes, checked. A value.
struct SubscriptionSpec {
  static constexpr int kTypesMax = 64;
  static constexpr uint32_t kWindowMax = 65'536;

  std::vector<filter::TypeGlob> types;  // None: every type.
  std::string where;                    // Empty: every event.
  proto::Subscribe::Scope scope = proto::Subscribe::ALL;
  proto::Subscribe::From from = proto::Subscribe::NEW;
  Sequence from_sequence;
  Place from_place;     // With PLACE; to be set by the owner.
  uint32_t window = 0;  // 0: none.
  bool ends_at_gap = false;

  bool WantsGlobal() const { return scope != proto::Subscribe::LOCAL; }
  bool WantsLocal() const { return scope != proto::Subscribe::GLOBAL; }
};

// InvalidArgument says what is wrong with the request, but for `where`.
absl::StatusOr<SubscriptionSpec> ParseSubscribe(const proto::Subscribe& request);

// What a subscription needs of the journals to get on.
struct HistoryWish {
  enum class Kind { kGlobals, kLocalsStart, kLocals };
  Kind kind = Kind::kGlobals;
  Sequence global;    // kGlobals: to read from there on. kLocalsStart: LocalHistory::FindAfter().
  LocalNumber local;  // kLocals: to read from there on.
};

// A cursor into the feed, and into what was before. It takes no memory for what it has not read
// yet, but for one answer of each journal, or for where up to kPendingMax items are; and for where
// those of its window are. Loop thread only.
class Subscription : private Follower {
 public:
  // At most this many items are looked at in one Pull().
  static constexpr size_t kPullItemsMax = 4096;
  // Items that one that follows was offered and has not got; beyond, it looks for them itself.
  static constexpr size_t kPendingMax = 1024;

  // `filter` is the spec's, of the fan-out of the feed. Both and the options outlive it. `name` is
  // unique within this incarnation of the node: ids of the events that only this subscriber gets
  // begin with it. `wake` is called when there is something to do again where HasMore() was false,
  // but for what the owner itself brings.
  Subscription(SubscriptionSpec spec, Fanout::Filter filter, const ServerOptions* options,
               std::string name, std::function<void()> wake);
  ~Subscription() override;
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  // Whether there is something to do: to Pull(), or to read history.
  bool HasMore() const;

  // The subscriber is done with the first `count` events that were delivered. InvalidArgument: it
  // has not got so many. Wake() what waited for it.
  absl::Status Confirm(uint64_t count);
  // Up to where it has everything, but for what its filter leaves out; and up to where it has
  // confirmed everything.
  Place place() const;
  Place confirmed_place() const;
  // Not Ok: it has ended, and why.
  const absl::Status& ended() const { return ended_; }

  // Adds what comes next to `out`, until it has `bytes_max` or kPullItemsMax items were looked at,
  // or there is a wish.
  void Pull(size_t bytes_max, Delivery* out);

  // What the owner is to read now; each wish is told once.
  std::optional<HistoryWish> TakeHistoryWish();
  // What came of it: History::Read(), with History::first(); LocalHistory::Read(); FindAfter().
  void TakeGlobals(absl::StatusOr<EventChunk> events, Sequence first, Delivery* out);
  void TakeLocals(LocalChunk chunk, Delivery* out);
  void TakeLocalsStart(LocalNumber start);

  const SubscriptionSpec& spec() const { return spec_; }
  uint64_t delivered() const { return delivered_; }
  // Events that it has not got: of those it wants, or of all when it is behind.
  uint64_t lag() const;

 private:
  void BeginAt(Sequence sequence);
  void BeginAt(const Place& place);
  // It has not ended, and its window has room.
  bool HasRoom() const;

  // Following (fanout.h).
  void Offer(const FanoutPlace& place, bool local) override;
  void FollowIfLevel();
  void StopFollowing();
  void PullOffered(size_t bytes_max, Delivery* out);

  // History (subscription_history.cc).
  bool GlobalsBehind() const;
  bool LocalsBehind() const;
  bool Behind() const { return GlobalsBehind() || LocalsBehind(); }
  std::optional<HistoryWish> Wish() const;
  bool StopReading(HistoryWish::Kind kind);
  void PassNext(Delivery* out);
  bool ReadLocalIsNext() const;
  void PassReadGlobal(Delivery* out);
  void PassReadLocal(Delivery* out);
  void ForgetRead();

  // `wanted`: it is known to pass the filter.
  void Pass(const FeedItem& item, bool wanted, Delivery* out);
  void PassHeld(Delivery* out);
  // Passes over it. Whether it is to be added.
  bool TakesGlobal(Sequence globalseq, std::string_view type, std::string_view encoded, bool wanted,
                   Delivery* out);
  bool TakesLocal(LocalNumber number, std::string_view type, std::string_view encoded, bool wanted,
                  Delivery* out);
  bool LiveIsDue() const { return live_due_ && position_ >= live_at_; }
  void AddLive(Delivery* out);
  void AddGlobalGap(std::string_view cause, Sequence end, Delivery* out);
  void AddLocalGap(std::string_view cause, LocalNumber end, Delivery* out);
  void EndAtGap(std::string_view what, std::string_view why);
  void AddOwn(proto::Event event, Delivery* out);
  void Add(std::string_view encoded, Delivery* out);

  const SubscriptionSpec spec_;
  const Fanout::Filter filter_;
  const Feed* const feed_;
  const ServerOptions* const options_;
  const std::string name_;
  const std::function<void()> wake_;

  FeedPosition position_;       // The next item to look at, once nothing before it is missing.
  Sequence expected_;           // The next global event.
  LocalNumber expected_local_;  // The next local event; kept if those are asked for.
  bool finds_local_ = false;    // Which that is has to be found in the journal.
  std::optional<HistoryWish::Kind> reading_;
  // It has looked at everything before the first of what it was offered.
  bool following_ = false;
  std::deque<FanoutPlace> offered_;
  // What was read and not passed yet.
  EventChunk read_globals_;
  std::deque<LocalEvent> read_locals_;
  bool damaged_before_locals_ = false;
  bool live_due_ = false;
  FeedPosition live_at_;  // Where history ends.
  uint64_t delivered_ = 0;
  uint64_t confirmed_ = 0;
  Place confirmed_place_;
  std::deque<Place>
      unconfirmed_;  // With a window: the place after each event that is not confirmed.
  absl::Status ended_;
  size_t pulled_bytes_ = 0;
  uint64_t own_events_ = 0;
};

}  // namespace peal::server
