#include "core/server/repeats.h"

#include <iterator>

#include "core/base/check.h"

namespace peal::server {

Repeats::Found Repeats::Arrive(const ClientPublish& publish) {
  PEAL_CHECK(publish.numbered());
  Session* const session = Use(publish.session);
  Held& held = session->held;
  // Its client has the answers to these.
  Erase(&held, held.begin(), held.lower_bound(publish.unanswered_from));
  const size_t before = held.size();
  const auto known = held.try_emplace(held.end(), publish.sequence);
  if (held.size() == before) {
    const Local& local = known->second;
    return local.sequence == LocalSequence(0) ? Found{Kind::kInHand, {}}
                                              : Found{Kind::kAnswered, local.sequence, local.kept};
  }
  ++held_count_;
  if (held.size() > kHeldOfSessionMax) {
    Erase(&held, held.begin(), std::next(held.begin()));
  }
  while (by_use_.size() > kSessionsMax || held_count_ > kHeldMax) {
    Forget(by_use_.begin());
  }
  return {Kind::kNew, {}};
}

Repeats::Session* Repeats::Use(const ClientSession& id) {
  const auto known = by_id_.find(id);
  if (known != by_id_.end()) {
    by_use_.splice(by_use_.end(), by_use_, known->second);
  } else {
    by_use_.push_back({.id = id, .held = {}});
    by_id_.emplace(id, std::prev(by_use_.end()));
  }
  PEAL_CHECK(by_use_.size() == by_id_.size());
  return &by_use_.back();
}

void Repeats::Erase(Held* held, Held::iterator first, Held::iterator last) {
  held_count_ -= static_cast<size_t>(std::distance(first, last));
  held->erase(first, last);
}

void Repeats::Forget(ByUse::iterator session) {
  held_count_ -= session->held.size();
  by_id_.erase(session->id);
  by_use_.erase(session);
}

void Repeats::Join(const ClientPublish& publish, AnswerCallback done) {
  std::vector<AnswerCallback>& waiting = joined_[{publish.session, publish.sequence}];
  if (waiting.size() == kJoinedMax) {
    Answer answer;
    answer.status = absl::AbortedError("the client has asked again over another connection");
    answer.submitted = true;
    waiting.front()(answer);
    waiting.erase(waiting.begin());
  }
  waiting.push_back(std::move(done));
}

std::vector<AnswerCallback> Repeats::TakeJoined(const ClientPublish& publish) {
  if (const auto known = by_id_.find(publish.session); known != by_id_.end()) {
    Held& held = known->second->held;
    if (const auto in_hand = held.find(publish.sequence); in_hand != held.end()) {
      Erase(&held, in_hand, std::next(in_hand));
    }
    if (held.empty()) {
      Forget(known->second);
    }
  }
  return TakeWaiting(publish);
}

std::vector<AnswerCallback> Repeats::TakeWaiting(const ClientPublish& publish) {
  if (joined_.empty()) {
    return {};
  }
  auto waiting = joined_.extract({publish.session, publish.sequence});
  return waiting.empty() ? std::vector<AnswerCallback>() : std::move(waiting.mapped());
}

std::vector<AnswerCallback> Repeats::AnsweredLocal(const ClientPublish& publish,
                                                   LocalSequence sequence, bool kept) {
  PEAL_CHECK(sequence != LocalSequence(0));
  if (const auto known = by_id_.find(publish.session); known != by_id_.end()) {
    Held& held = known->second->held;
    if (const auto in_hand = held.find(publish.sequence); in_hand != held.end()) {
      in_hand->second = {sequence, kept};
    }
  }
  return TakeWaiting(publish);
}

}  // namespace peal::server
