#include "ordering/snapshot.h"

namespace peal::ordering {

proto::Snapshot MakeSnapshot(const Log::Point& point, const Applied& applied) {
  proto::Snapshot snapshot;
  *snapshot.mutable_position() = ToProto(point.position);
  *snapshot.mutable_voters() = ToProto(point.voters);
  for (const auto& [node, batch] : point.origins.all()) {
    *snapshot.add_origins() = ToProto(batch);
  }
  applied.Save(&snapshot);
  return snapshot;
}

bool IsOfALog(const proto::Snapshot& snapshot) {
  // Far more than any log comes to; so that counting on from here never wraps around.
  constexpr uint64_t kNumberMax = uint64_t{1} << 62;
  const uint64_t index = snapshot.position().index();
  const bool empty = index == 0;
  return empty == (snapshot.sequence() == 0) && empty == FromProto(snapshot.voters()).empty() &&
         index <= kNumberMax && snapshot.sequence() <= kNumberMax;
}

Log::Point PointOf(const proto::Snapshot& snapshot) {
  Log::Point point;
  point.position = FromProto(snapshot.position());
  point.voters = FromProto(snapshot.voters());
  for (const proto::Origin& origin : snapshot.origins()) {
    point.origins.Take(FromProto(origin));
  }
  return point;
}

}  // namespace peal::ordering
