// Which subscriptions a new item of the feed is for.
//
// A subscription that has caught up follows: it does not look at what comes, it is offered what its
// filter lets pass. The filters of all subscriptions are in one index, so that an item costs by
// those it is for. One that is still behind, or does not keep up, looks at each item by itself.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/ids.h"
#include "core/filter/filter_index.h"
#include "core/filter/glob.h"
#include "core/server/feed.h"

namespace peal::server {

// An item of the feed, and what a follower has had before it.
struct FanoutPlace {
  FeedPosition position;
  Sequence global;    // The global event after the last one before it.
  LocalNumber local;  // The same of local events.
  bool jump = false;  // This node never had what is before it: look for yourself.
};

class Follower {
 public:
  virtual ~Follower() = default;
  virtual void Offer(const FanoutPlace& place, bool local) = 0;

 private:
  friend class Fanout;
  size_t place_ = 0;  // Among those of its filter.
};

// Loop thread only.
class Fanout {
 public:
  // A filter, kept for as long as this lives, which the fan-out outlives. Can be moved.
  class Filter {
   public:
    Filter(Filter&& other) noexcept
        : fanout_(std::exchange(other.fanout_, nullptr)), id_(other.id_) {}
    Filter& operator=(Filter&&) = delete;
    Filter(const Filter&) = delete;
    Filter& operator=(const Filter&) = delete;
    ~Filter();

    bool Passes(std::string_view type, std::string_view encoded) const;
    // From the next item on. Each Follow() takes an Unfollow().
    void Follow(Follower* follower) const;
    void Unfollow(Follower* follower) const;

    const Feed* feed() const { return fanout_->feed_; }

   private:
    friend class Fanout;
    Filter(Fanout* fanout, filter::FilterId id) : fanout_(fanout), id_(id) {}

    Fanout* fanout_;
    filter::FilterId id_;
  };

  // The feed outlives it.
  explicit Fanout(const Feed* feed);

  // InvalidArgument says what is wrong with `where`.
  absl::StatusOr<Filter> Keep(const std::vector<filter::TypeGlob>& types, std::string_view where);

  // Call after every append, before the next one: offers what is new.
  void Advance();

 private:
  std::vector<Follower*>& FollowersOf(filter::FilterId id);
  void OfferTo(std::vector<Follower*>* followers, const FanoutPlace& place, bool local);

  const Feed* const feed_;
  filter::FilterIndex index_;
  std::vector<std::vector<Follower*>> followers_;  // By filter.
  size_t followers_count_ = 0;
  FeedPosition next_;
  Sequence last_global_;
};

}  // namespace peal::server
