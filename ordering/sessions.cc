#include "ordering/sessions.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace peal::ordering {
namespace {

constexpr uint64_t kNotSeen = 0;
constexpr int kOutcomeBits = 2;
constexpr uint64_t kOutcomeMask = (uint64_t{1} << kOutcomeBits) - 1;

// proto/group.proto has these numbers.
uint64_t Pack(const EventResult& result) {
  const auto outcome = static_cast<uint64_t>(result.outcome);
  PEAL_CHECK(outcome != kNotSeen);
  PEAL_CHECK(outcome <= kOutcomeMask);
  return result.sequence.value() << kOutcomeBits | outcome;
}

}  // namespace

static_assert(static_cast<int>(EventOutcome::kNumbered) == 1);
static_assert(static_cast<int>(EventOutcome::kDuplicate) == 2);
static_assert(static_cast<int>(EventOutcome::kRefused) == 3);

std::optional<EventResult> Sessions::Repeated(const ClientPublish& publish) {
  PEAL_CHECK(publish.numbered());
  PEAL_CHECK(publish.unanswered_from <= publish.sequence);
  Session* const session = Use(publish.session);
  Advance(publish.unanswered_from, session);
  if (publish.sequence < session->answered_before) {
    return EventResult{Sequence(0), EventOutcome::kRepeated};
  }
  const uint64_t place = publish.sequence.value() - session->answered_before.value();
  if (place >= session->count()) {
    return std::nullopt;
  }
  const Known& known = session->answers[session->dropped + place];
  if (known.packed == kNotSeen) {
    return std::nullopt;
  }
  EventResult result{Sequence(known.packed >> kOutcomeBits),
                     static_cast<EventOutcome>(known.packed & kOutcomeMask), known.index};
  // Its number is given already.
  if (result.numbered()) {
    result.outcome = EventOutcome::kRepeated;
  }
  return result;
}

void Sessions::Answer(const ClientPublish& publish, const EventResult& result) {
  PEAL_CHECK(!by_use_.empty());
  PEAL_CHECK(limits_.span_max <= limits_.answers_max);
  Session* const session = &by_use_.back();
  PEAL_CHECK(session->id == publish.session);
  PEAL_CHECK(publish.sequence >= session->answered_before);
  if (publish.sequence.value() - session->answered_before.value() >= limits_.span_max) {
    Advance(ClientSequence(publish.sequence.value() - limits_.span_max + 1), session);
  }
  const uint64_t place = publish.sequence.value() - session->answered_before.value();
  if (place >= session->count()) {
    answer_count_ += place + 1 - session->count();
    session->answers.resize(session->dropped + place + 1);
  }
  session->answers[session->dropped + place] = {Pack(result), result.index};
  while (by_use_.size() > limits_.sessions_max || answer_count_ > limits_.answers_max) {
    ForgetOldest();
  }
}

Sessions::Session* Sessions::Use(const ClientSession& id) {
  // Nearly always it is the one of the event before.
  if (!by_use_.empty() && by_use_.back().id == id) {
    return &by_use_.back();
  }
  const auto known = by_id_.find(id);
  if (known != by_id_.end()) {
    by_use_.splice(by_use_.end(), by_use_, known->second);
  } else {
    by_use_.push_back({.id = id, .answered_before = ClientSequence(1), .answers = {}});
    by_id_.emplace(id, std::prev(by_use_.end()));
  }
  PEAL_CHECK(by_use_.size() == by_id_.size());
  return &by_use_.back();
}

// Forgets what is before. Answers go a few at a time, so the room of those that are gone is used
// again only when they are as many as the rest.
void Sessions::Advance(ClientSequence answered_before, Session* session) {
  if (answered_before <= session->answered_before) {
    return;
  }
  const uint64_t distance = answered_before.value() - session->answered_before.value();
  const size_t gone = std::min<uint64_t>(distance, session->count());
  session->answered_before = answered_before;
  session->dropped += gone;
  answer_count_ -= gone;
  if (session->dropped >= session->count()) {
    session->answers.erase(session->answers.begin(),
                           session->answers.begin() + static_cast<ptrdiff_t>(session->dropped));
    session->dropped = 0;
  }
}

void Sessions::ForgetOldest() {
  PEAL_CHECK(!by_use_.empty());
  answer_count_ -= by_use_.front().count();
  by_id_.erase(by_use_.front().id);
  by_use_.pop_front();
}

void Sessions::Save(google::protobuf::RepeatedPtrField<proto::KnownSession>* out) const {
  for (const Session& session : by_use_) {
    proto::KnownSession* const known = out->Add();
    known->set_session(session.id.data(), session.id.size());
    known->set_answered_before(session.answered_before.value());
    for (size_t place = session.dropped; place < session.answers.size(); ++place) {
      known->add_answers(session.answers[place].packed);
      known->add_indices(session.answers[place].index.value());
    }
  }
}

void Sessions::Restore(const google::protobuf::RepeatedPtrField<proto::KnownSession>& known) {
  for (const proto::KnownSession& saved : known) {
    ClientSession id{};
    if (saved.session().size() != id.size() || saved.answers_size() != saved.indices_size() ||
        static_cast<uint64_t>(saved.answers_size()) > limits_.span_max) {
      continue;
    }
    std::copy(saved.session().begin(), saved.session().end(), id.begin());
    Session* const session = Use(id);
    answer_count_ -= session->count();
    session->answered_before = ClientSequence(saved.answered_before());
    session->answers.clear();
    for (int place = 0; place < saved.answers_size(); ++place) {
      session->answers.push_back({saved.answers(place), Index(saved.indices(place))});
    }
    session->dropped = 0;
    answer_count_ += session->count();
  }
}

}  // namespace peal::ordering
