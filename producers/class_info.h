// What a class offers, as clients are told.
#pragma once

#include "producers/producer.h"
#include "proto/session.pb.h"

namespace peal::producers {

proto::ClassInfo ToClassInfo(const ClassDescription& description);

}  // namespace peal::producers
