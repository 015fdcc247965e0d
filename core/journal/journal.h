// The port to a node's durable log of global events. Entries and checkpoints are opaque here:
// ordering gives them meaning.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/ids.h"
#include "core/base/sha256.h"

namespace peal::journal {

struct Record {
  Index index;
  Epoch epoch;
  uint8_t kind = 0;
  // With this record the log is the log of its epoch, and that epoch is promised.
  bool opens_epoch = false;
  base::Digest chain{};
  std::shared_ptr<const std::string> payload;
  std::string note;  // Added later, by AddNote(); only Read() fills it in.
};

// The committed state at an index: what is before it is not needed to go on.
struct Checkpoint {
  Index index;
  base::Digest chain{};
  Sequence sequence;    // Highest globalseq given up to `index`.
  int64_t time_us = 0;  // When it was made, UTC: for finding a place by time.
  std::string summary;  // The small part of the state: what a reader of history needs.
  std::string state;    // The rest.
};

// Where a checkpoint stands.
struct Place {
  Index index;
  Sequence sequence;
  int64_t time_us = 0;
};

// How far the log is known to be confirmed and committed. Neither ever goes back.
struct Marks {
  Index confirmed;
  Index committed;
  bool operator==(const Marks&) const = default;
};

// All that a journal held when it was opened.
struct Recovered {
  std::string id;  // 16 bytes: Journal::id().
  Epoch promised;
  Epoch log_epoch;  // Of the last record that opened an epoch.
  // At least so far: marks lag.
  Marks marks;
  Checkpoint checkpoint;        // The newest. Index 0 and all empty: the log's beginning.
  std::vector<Record> records;  // What follows the checkpoint, dense in index.
};

// One owner thread. Append, truncate and promise take effect in the order of the calls; none of
// them is durable before a Sync() that was asked for after it has called back with Ok.
class Journal {
 public:
  virtual ~Journal() = default;

  // 16 random bytes, made with the journal: another journal on the same node has another id.
  virtual const std::string& id() const = 0;

  // `record` follows the last one.
  virtual void Append(Record record) = 0;
  // Drops all records after `index`, which is not before what is committed.
  virtual void TruncateAfter(Index index) = 0;
  virtual void StorePromise(Epoch promised) = 0;
  // Written along with what is written next; nobody waits for it.
  virtual void SetMarks(const Marks& marks) = 0;
  // Keeps `note` with the committed record at `index`. Written along, as marks are,
  // and in one order with them: a journal that recovers a mark has the notes before it.
  virtual void AddNote(Index index, std::string note) = 0;
  // Whether a checkpoint would let old records go, or keep a restart quick.
  virtual bool WantsCheckpoint() const = 0;
  // `checkpoint.index` is committed and not before the last checkpoint.
  virtual void AddCheckpoint(Checkpoint checkpoint) = 0;

  // Makes everything so far durable, then calls `done`, on the owner's thread, never from within
  // the call. At most one is under way. ResourceExhausted: no room; nothing is lost, and another
  // Sync() tries again. Any other error is for good: nothing more is written, and what was asked to
  // be durable may or may not be.
  virtual void Sync(std::function<void(absl::Status)> done) = 0;

  // Index of the oldest record that is held; 0: none.
  virtual Index first() const = 0;
  // Of the newest; that of the last checkpoint when there is none.
  virtual Index last() const = 0;

  // Reads records from `from` on: at least one, then while they are below `bytes_max` together.
  // Calls `done` on the owner's thread, never from within the call. NotFound: `from` is not held.
  // DataLoss: it is damaged here. Unavailable: it cannot be read now.
  using ReadCallback = std::function<void(absl::StatusOr<std::vector<Record>>)>;
  virtual void Read(Index from, size_t bytes_max, ReadCallback done) = 0;

  // The checkpoints that are held, oldest first: the places to look for a sequence or a time from.
  virtual std::vector<Place> Places() const = 0;
  // The summary of the checkpoint at `index`, one of Places(). Calls back and fails as Read().
  using SummaryCallback = std::function<void(absl::StatusOr<std::string>)>;
  virtual void ReadSummary(Index index, SummaryCallback done) = 0;
};

}  // namespace peal::journal
