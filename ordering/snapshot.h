// The applied state as the bytes that a journal's checkpoint keeps. Pure.
#pragma once

#include "ordering/applied.h"
#include "ordering/log.h"
#include "proto/group.pb.h"

namespace peal::ordering {

// `applied` is what the log up to `point` amounts to.
proto::Snapshot MakeSnapshot(const Log::Point& point, const Applied& applied);
// Whether it can be the state of a log, for one that has come from elsewhere.
bool IsOfALog(const proto::Snapshot& snapshot);
Log::Point PointOf(const proto::Snapshot& snapshot);

}  // namespace peal::ordering
