// The node's feed: the global and local events of this node in its order of delivery, as far as
// memory holds them. Subscriptions read it at their own pace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "core/base/ids.h"
#include "core/server/local_event.h"

namespace peal::server {

// A place in the feed: dense, from 1.
using FeedPosition = Id<struct FeedPositionTag, uint64_t>;

struct FeedItem {
  Sequence globalseq;  // 0: a local event.
  std::string type;
  std::string encoded;        // proto::Event
  Sequence global_through;    // Highest globalseq of the feed up to this item.
  LocalNumber local_through;  // The same of the local events' numbers: a local one's own.

  bool local() const { return globalseq == Sequence(0); }
};

// Holds about `bytes_max`: beyond it the oldest items go, except the very last one. One owner
// thread.
class Feed {
 public:
  // What was applied before, and the local events that were shown before, are not held.
  explicit Feed(size_t bytes_max, Sequence last_global = Sequence(0),
                LocalNumber last_local = LocalNumber(0))
      : bytes_max_(bytes_max), last_global_(last_global), last_local_(last_local) {}

  // `globalseq` is above all before it. A jump is a part that this node never had.
  void AppendGlobal(Sequence globalseq, std::string type, std::string encoded);
  void AppendLocal(std::string type, std::string encoded);

  // What is held is [first, end).
  FeedPosition first() const { return first_; }
  FeedPosition end() const { return first_.Plus(items_.size()); }
  // Lives until the next append.
  const FeedItem& At(FeedPosition position) const;

  // The first item that lies after the global event before this one; end() when there is none. Not
  // for what is before held_from().
  FeedPosition PositionOf(Sequence globalseq) const;

  // The first item that has, or lies after, a local event beyond this one; end() when there is
  // none.
  FeedPosition PositionAfter(LocalNumber number) const;

  // Every global event from here on that the feed ever had is held; 1 before the first.
  Sequence held_from() const;
  // Last global event that was applied; 0: none yet.
  Sequence last_global() const { return last_global_; }

  // The same of the local events.
  LocalNumber local_held_from() const { return NextLocal(first()); }
  LocalNumber last_local() const { return last_local_; }
  // The first local event's number from `position` on, which is within [first, end].
  LocalNumber NextLocal(FeedPosition position) const;

 private:
  void Append(FeedItem item);

  const size_t bytes_max_;
  std::deque<FeedItem> items_;
  FeedPosition first_{1};
  size_t bytes_ = 0;
  Sequence last_global_;
  LocalNumber last_local_;
};

}  // namespace peal::server
