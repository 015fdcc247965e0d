// How far a subscription is, on this node.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/ids.h"
#include "core/server/local_event.h"
#include "proto/place.pb.h"

namespace peal::server {

// Everything up to it is had. A value.
struct Place {
  Sequence global;
  // Of this node's local events. Nullopt: up to the event of the order at `global`.
  std::optional<LocalNumber> local;
  bool operator==(const Place&) const = default;
};

// Places as others keep them (proto/place.proto), and back. A value.
class PlaceFormat {
 public:
  // `log` names this node's log of local events; `begun_after` is the last of them that this
  // incarnation has found there.
  PlaceFormat(uint64_t log, Incarnation incarnation, LocalNumber begun_after)
      : log_(log), incarnation_(incarnation), begun_after_(begun_after) {}

  proto::Place ToProto(const Place& place) const;
  // What an earlier incarnation has shown and lost is not had: its numbers are others' now.
  Place FromProto(const proto::Place& place) const;

 private:
  uint64_t log_;
  Incarnation incarnation_;
  LocalNumber begun_after_;
};

}  // namespace peal::server
