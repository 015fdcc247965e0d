// An entry of the log, and the chain over them. Values; pure.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "ordering/batch.h"
#include "ordering/origins.h"
#include "ordering/types.h"
#include "ordering/voters.h"
#include "proto/group.pb.h"

namespace peal::ordering {

enum class EntryKind { kEpoch, kBatch };

// One entry. The payload is what the journal keeps and the chain covers; the parsed record saves
// parsing it twice, a batch is views of the payload. Copies share both.
struct Entry {
  Index index;
  Epoch epoch;  // The epoch that first ordered it.
  EntryKind kind = EntryKind::kBatch;
  std::shared_ptr<const std::string> payload;
  std::shared_ptr<const proto::EpochRecord> opened;  // kEpoch
  std::shared_ptr<const Batch> batch;                // kBatch
  Chain chain{};

  Position position() const { return {index, chain}; }
  // kBatch only.
  const BatchId& batch_id() const;
};

// The entry that follows `before` in the log. InvalidArgument: the payload is not one of its kind,
// or not one that can stand there: a log begins with its voters, and always has some.
absl::StatusOr<Entry> MakeEntry(const Position& before, Epoch epoch, EntryKind kind,
                                std::string payload);
// The same, without a copy of what somebody else keeps as well.
absl::StatusOr<Entry> MakeEntry(const Position& before, Epoch epoch, EntryKind kind,
                                std::shared_ptr<const std::string> payload);

// The same for a batch that is parsed already; it is views of `payload`.
Entry MakeBatchEntry(const Position& before, Epoch epoch,
                     std::shared_ptr<const std::string> payload, Batch batch);

// SHA-256 over the chain before, the entry's index, epoch and kind (little-endian), and its
// payload.
Chain NextChain(const Position& before, Epoch epoch, EntryKind kind, std::string_view payload);

proto::LogEntry ToProto(const Entry& entry);
// Rebuilds an entry that continues `before`. DataLoss: it does not, or its chain is not what it
// says.
absl::StatusOr<Entry> FromProto(const Position& before, const proto::LogEntry& entry);

proto::Origin ToProto(const BatchId& batch);
BatchId FromProto(const proto::Origin& origin);

proto::Position ToProto(const Position& position);
// A chain of another size than a digest's reads as no chain at all, which matches nothing.
Position FromProto(const proto::Position& position);

}  // namespace peal::ordering
