#include "core/server/fanout.h"

#include "core/base/check.h"
#include "core/base/status_macros.h"

namespace peal::server {

Fanout::Fanout(const Feed* feed)
    : feed_(feed), next_(feed->end()), last_global_(feed->last_global()) {}

Fanout::Filter::~Filter() {
  if (fanout_ != nullptr) {
    fanout_->index_.Remove(id_);
  }
}

bool Fanout::Filter::Passes(std::string_view type, std::string_view encoded) const {
  return fanout_->index_.Passes(id_, type, encoded);
}

void Fanout::Filter::Follow(Follower* follower) const {
  PEAL_CHECK(fanout_->next_ == fanout_->feed_->end());
  std::vector<Follower*>& followers = fanout_->FollowersOf(id_);
  follower->place_ = followers.size();
  followers.push_back(follower);
  ++fanout_->followers_count_;
}

void Fanout::Filter::Unfollow(Follower* follower) const {
  std::vector<Follower*>& followers = fanout_->FollowersOf(id_);
  PEAL_CHECK(followers[follower->place_] == follower);
  followers[follower->place_] = followers.back();
  followers.back()->place_ = follower->place_;
  followers.pop_back();
  --fanout_->followers_count_;
}

absl::StatusOr<Fanout::Filter> Fanout::Keep(const std::vector<filter::TypeGlob>& types,
                                            std::string_view where) {
  PEAL_ASSIGN_OR_RETURN(const filter::FilterId id, index_.Add(types, where));
  return Filter(this, id);
}

std::vector<Follower*>& Fanout::FollowersOf(filter::FilterId id) {
  if (id.value() >= followers_.size()) {
    followers_.resize(id.value() + 1);
  }
  return followers_[id.value()];
}

void Fanout::Advance() {
  for (; next_ < feed_->end(); next_ = next_.Next()) {
    const FeedItem& item = feed_->At(next_);
    const Sequence global = last_global_.Next();
    last_global_ = item.global_through;
    if (followers_count_ == 0) {
      continue;
    }
    const LocalNumber local = item.local() ? item.local_through : item.local_through.Next();
    if (!item.local() && item.globalseq > global) {
      for (std::vector<Follower*>& followers : followers_) {
        OfferTo(&followers, {next_, global, local, true}, false);
      }
      continue;
    }
    for (const filter::FilterId id : index_.Match(item.encoded)) {
      OfferTo(&FollowersOf(id), {next_, global, local, false}, item.local());
    }
  }
}

// From the back: one that is offered too much unfollows.
void Fanout::OfferTo(std::vector<Follower*>* followers, const FanoutPlace& place, bool local) {
  for (size_t i = followers->size(); i-- > 0;) {
    (*followers)[i]->Offer(place, local);
  }
}

}  // namespace peal::server
