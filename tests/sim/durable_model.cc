#include "tests/sim/durable_model.h"

#include <fmt/format.h>

#include <algorithm>

namespace peal::sim {

bool DurableModel::Take(const std::string& bytes, uint32_t node, uint64_t incarnation,
                        uint64_t sequence) {
  proto::CursorChange change;
  if (!change.ParseFromString(bytes)) {
    return false;
  }
  const auto known = durables_.find(change.name());
  const bool held = known != durables_.end() && known->second.node == node &&
                    known->second.incarnation == incarnation && known->second.hold == change.hold();
  switch (change.kind()) {
    case proto::CursorChange::HOLD: {
      if (known != durables_.end() && change.owner() != 0 &&
          change.owner() != known->second.owner) {
        return false;
      }
      Durable& durable = durables_[change.name()];
      if (known == durables_.end()) {
        durable.owner = change.owner();
        if (change.has_place()) {
          Move(change.place(), sequence, &durable);
        } else {
          durable.global = sequence;
        }
      }
      durable.node = node;
      durable.incarnation = incarnation;
      durable.hold = change.hold();
      return true;
    }
    case proto::CursorChange::MOVE:
    case proto::CursorChange::RELEASE:
      if (held) {
        Move(change.place(), sequence, &known->second);
      }
      if (held && change.kind() == proto::CursorChange::RELEASE) {
        known->second.node = 0;
        known->second.incarnation = 0;
        known->second.hold = 0;
      }
      return held;
    case proto::CursorChange::REMOVE:
      return known != durables_.end() && known->second.owner == change.owner() &&
             durables_.erase(change.name()) > 0;
    default:
      return false;
  }
}

void DurableModel::Move(const proto::Place& to, uint64_t sequence, Durable* durable) {
  durable->global = std::max(durable->global, std::min(to.global(), sequence));
  for (const proto::LocalPlace& local : to.locals()) {
    auto& known = durable->locals[local.log()];
    if (local.number() >= known.first) {
      known = {local.number(), local.incarnation()};
    }
  }
}

std::string DurableModel::Text(const Durable& durable, bool held_here) {
  std::string text = fmt::format("at {}, of {}, hold {}{}", durable.global, durable.owner,
                                 durable.hold, held_here ? " here" : "");
  for (const auto& [log, place] : durable.locals) {
    text += fmt::format(", log {} at {} of {}", log, place.first, place.second);
  }
  return text;
}

std::string DurableModel::Differences(const std::vector<server::DurablePlace>& places,
                                      uint32_t node, uint64_t incarnation) const {
  std::map<std::string, std::string> expected;
  for (const auto& [name, durable] : durables_) {
    const bool here = durable.node == node && durable.incarnation == incarnation;
    expected[name] = Text(durable, here);
  }
  std::map<std::string, std::string> said;
  for (const server::DurablePlace& place : places) {
    Durable durable{.owner = place.owner, .hold = place.hold};
    Move(place.place, UINT64_MAX, &durable);
    said[place.name] = Text(durable, place.held_here);
  }
  std::string text;
  for (const auto& [name, what] : expected) {
    if (said[name] != what) {
      text += fmt::format("'{}' is {}, and not {}; ", name, said[name], what);
    }
    said.erase(name);
  }
  for (const auto& [name, what] : said) {
    text += fmt::format("'{}' is {}, and was removed; ", name, what);
  }
  return text;
}

}  // namespace peal::sim
