// The applied state as the bytes that a journal's checkpoint keeps. Pure.
#pragma once

#include "ordering/applied.h"
#include "ordering/log.h"
#include "proto/group.pb.h"

namespace peal::ordering {

// `applied` is what the log up to `point` amounts to.
proto::Snapshot MakeSnapshot(const Log::Point& point, const Applied& applied);
Log::Point PointOf(const proto::Snapshot& snapshot);

}  // namespace peal::ordering
