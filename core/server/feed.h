// The node's feed: the global and local events of this node in its order of delivery, as far as
// memory holds them. Subscriptions read it at their own pace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "core/base/ids.h"

namespace peal::server {

// A place in the feed: dense, from 1.
using FeedPosition = Id<struct FeedPositionTag, uint64_t>;

struct FeedItem {
  Sequence globalseq;  // 0: a local event.
  std::string type;
  std::string encoded;         // proto::Event
  Sequence global_through;     // Highest globalseq of the feed up to this item.
  uint64_t locals_before = 0;  // Local events of the feed before this item.

  bool local() const { return globalseq == Sequence(0); }
};

// Holds about `bytes_max`: beyond it the oldest items go, except the very last one. One owner
// thread.
class Feed {
 public:
  // `last_global` is what was applied before, and is not held.
  explicit Feed(size_t bytes_max, Sequence last_global = Sequence(0))
      : bytes_max_(bytes_max), last_global_(last_global) {}

  // `globalseq` is above all before it. A jump is a part that this node never had.
  void AppendGlobal(Sequence globalseq, std::string type, std::string encoded);
  void AppendLocal(std::string type, std::string encoded);

  // What is held is [first, end).
  FeedPosition first() const { return first_; }
  FeedPosition end() const { return first_.Plus(items_.size()); }
  // Lives until the next append.
  const FeedItem& At(FeedPosition position) const;

  // The first global item with this globalseq or a higher one; end() when there is none. Not for
  // what is before held_from().
  FeedPosition PositionOf(Sequence globalseq) const;

  // Every global event from here on that the feed ever had is held; 1 before the first.
  Sequence held_from() const;
  // Last global event that was applied; 0: none yet.
  Sequence last_global() const { return last_global_; }

  // Local events that the feed had before `position`, which is within [first, end].
  uint64_t LocalsBefore(FeedPosition position) const;

 private:
  void Append(FeedItem item);

  const size_t bytes_max_;
  std::deque<FeedItem> items_;
  FeedPosition first_{1};
  size_t bytes_ = 0;
  Sequence last_global_;
  uint64_t locals_ = 0;
};

}  // namespace peal::server
