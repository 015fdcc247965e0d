// An encoded snapshot that a joiner collects piece by piece. A value; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ordering/entry.h"
#include "ordering/snapshot.h"
#include "ordering/types.h"
#include "proto/group.pb.h"

namespace peal::ordering {

class SnapshotParts {
 public:
  // What a snapshot may have: its tables are bounded.
  static constexpr uint64_t kBytesMax = 64 << 20;

  bool wanted() const { return wanted_; }
  void Want() { wanted_ = true; }
  void Clear() { *this = SnapshotParts(); }

  // What to ask for next.
  const Position& position() const { return position_; }
  uint64_t offset() const { return bytes_.size(); }

  // The snapshot when this was its last piece. A piece that does not continue what is there, and
  // begins nothing, changes nothing. DataLoss: what has come is no snapshot; it begins anew.
  absl::StatusOr<std::optional<proto::Snapshot>> Take(const proto::SnapshotPiece& piece) {
    const Position position = FromProto(piece.position());
    if (piece.offset() == 0) {
      position_ = position;
      bytes_.clear();
    }
    if (position != position_ || piece.offset() != bytes_.size()) {
      return std::nullopt;
    }
    bytes_ += piece.bytes();
    if (bytes_.size() < piece.total_bytes() && bytes_.size() <= kBytesMax) {
      return std::nullopt;
    }
    proto::Snapshot snapshot;
    const bool good = bytes_.size() == piece.total_bytes() && snapshot.ParseFromString(bytes_) &&
                      FromProto(snapshot.position()) == position_ && IsOfALog(snapshot);
    bytes_.clear();
    if (!good) {
      return absl::DataLossError("the pieces make no snapshot");
    }
    return snapshot;
  }

 private:
  bool wanted_ = false;
  Position position_;
  std::string bytes_;
};

}  // namespace peal::ordering
