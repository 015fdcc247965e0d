// An answer's code on the wire.
#pragma once

#include "absl/status/status.h"
#include "proto/session.pb.h"

namespace peal::server {

// Their numbers are the same.
inline proto::Code CodeOf(const absl::Status& status) {
  return static_cast<proto::Code>(status.code());
}

}  // namespace peal::server
