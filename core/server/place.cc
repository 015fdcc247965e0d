#include "core/server/place.h"

#include <algorithm>

namespace peal::server {

proto::Place PlaceFormat::ToProto(const Place& place) const {
  proto::Place out;
  out.set_global(place.global.value());
  if (place.local) {
    proto::LocalPlace* const local = out.add_locals();
    local->set_log(log_);
    local->set_number(place.local->value());
    local->set_incarnation(incarnation_.value());
  }
  return out;
}

Place PlaceFormat::FromProto(const proto::Place& place) const {
  Place out{Sequence(place.global()), std::nullopt};
  for (const proto::LocalPlace& local : place.locals()) {
    if (local.log() != log_) {
      continue;
    }
    const LocalNumber number(local.number());
    out.local =
        Incarnation(local.incarnation()) == incarnation_ ? number : std::min(number, begun_after_);
  }
  return out;
}

}  // namespace peal::server
