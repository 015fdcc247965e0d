#include "ordering/cursors.h"

#include <algorithm>

namespace peal::ordering {
namespace {

bool IsHeldBy(const proto::KnownCursor& cursor, const Maker& maker, uint64_t hold) {
  return hold != 0 && cursor.hold() == hold && NodeId(cursor.node()) == maker.node &&
         Incarnation(cursor.incarnation()) == maker.incarnation;
}

void SetHolder(const Maker& maker, uint64_t hold, proto::KnownCursor* cursor) {
  cursor->set_node(hold == 0 ? 0 : maker.node.value());
  cursor->set_incarnation(hold == 0 ? 0 : maker.incarnation.value());
  cursor->set_hold(hold);
}

// The log that was named last is at the end.
void AdvanceLocal(const proto::LocalPlace& to, proto::Place* place) {
  auto* const locals = place->mutable_locals();
  proto::LocalPlace now = to;
  const auto same = std::find_if(locals->begin(), locals->end(),
                                 [&to](const auto& local) { return local.log() == to.log(); });
  if (same != locals->end()) {
    if (same->number() > now.number()) {
      now = *same;
    }
    locals->erase(same);
  } else if (locals->size() >= Cursors::kLogsMax) {
    locals->erase(locals->begin());
  }
  *locals->Add() = now;
}

// Nobody is beyond the end of the order.
void Advance(const proto::Place& to, Sequence last, proto::Place* place) {
  place->set_global(std::max(place->global(), std::min(to.global(), last.value())));
  for (const proto::LocalPlace& local : to.locals()) {
    AdvanceLocal(local, place);
  }
}

constexpr EventResult kNotHeld{.outcome = EventOutcome::kNotHeld};

}  // namespace

EventResult Cursors::Apply(std::string_view encoded, const Maker& maker, Sequence last) {
  proto::CursorChange change;
  if (!change.ParseFromArray(encoded.data(), static_cast<int>(encoded.size())) ||
      change.name().empty()) {
    return kNotHeld;
  }
  if (change.kind() == proto::CursorChange::HOLD) {
    return Hold(change, maker, last);
  }
  const auto found = by_name_.find(change.name());
  if (found == by_name_.end()) {
    return kNotHeld;
  }
  if (change.kind() == proto::CursorChange::REMOVE) {
    if (change.owner() != found->second.owner()) {
      return kNotHeld;
    }
    by_name_.erase(found);
    return {};
  }
  if (!IsHeldBy(found->second, maker, change.hold())) {
    return kNotHeld;
  }
  Advance(change.place(), last, found->second.mutable_place());
  if (change.kind() == proto::CursorChange::RELEASE) {
    SetHolder(maker, 0, &found->second);
  }
  return {};
}

EventResult Cursors::Hold(const proto::CursorChange& change, const Maker& maker, Sequence last) {
  auto found = by_name_.find(change.name());
  if (found == by_name_.end()) {
    if (by_name_.size() >= kCursorsMax) {
      return {.outcome = EventOutcome::kNoRoom};
    }
    found = by_name_.emplace(change.name(), proto::KnownCursor()).first;
    found->second.set_name(change.name());
    found->second.set_owner(change.owner());
    if (change.has_place()) {
      Advance(change.place(), last, found->second.mutable_place());
    } else {
      found->second.mutable_place()->set_global(last.value());
    }
  } else if (change.owner() != 0 && change.owner() != found->second.owner()) {
    return kNotHeld;
  }
  SetHolder(maker, change.hold(), &found->second);
  return {};
}

void Cursors::Save(google::protobuf::RepeatedPtrField<proto::KnownCursor>* out) const {
  for (const auto& [name, cursor] : by_name_) {
    *out->Add() = cursor;
  }
}

void Cursors::Restore(const google::protobuf::RepeatedPtrField<proto::KnownCursor>& known) {
  for (const proto::KnownCursor& cursor : known) {
    if (!cursor.name().empty() && by_name_.size() < kCursorsMax) {
      by_name_.emplace(cursor.name(), cursor);
    }
  }
}

}  // namespace peal::ordering
