// A batch as the simulator reads it: by protobuf and LZ4 alone, not by the product's own reader.
#pragma once

#include <optional>
#include <string>

#include "proto/group.pb.h"

namespace peal::sim {

// Nullopt: it is none.
std::optional<proto::BatchRecord> ParseBatch(const std::string& payload);

}  // namespace peal::sim
