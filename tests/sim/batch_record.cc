#include "tests/sim/batch_record.h"

#include <lz4.h>

namespace peal::sim {

std::optional<proto::BatchRecord> ParseBatch(const std::string& payload) {
  proto::BatchRecord record;
  if (!record.ParseFromString(payload)) {
    return std::nullopt;
  }
  if (record.packed().empty()) {
    return record;
  }
  std::string unpacked(record.unpacked_bytes(), '\0');
  const int size = LZ4_decompress_safe(record.packed().data(), unpacked.data(),
                                       static_cast<int>(record.packed().size()),
                                       static_cast<int>(unpacked.size()));
  if (size != static_cast<int>(unpacked.size()) || !record.ParseFromString(unpacked)) {
    return std::nullopt;
  }
  return record;
}

}  // namespace peal::sim
