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
