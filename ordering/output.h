// Everything the machine asks of its replica.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/base/interest.h"
#include "ordering/entry.h"
#include "ordering/types.h"

namespace peal::ordering {

// Send to the whole group, in the order of these outputs.
struct Multicast {
  std::string bytes;
};

// Orders to the journal carry growing tickets; Synced answers them.
struct AppendEntry {
  uint64_t ticket = 0;
  Entry entry;
  bool opens_epoch = false;  // With it the log is the log of its epoch, and that epoch promised.
};
struct TruncateLog {
  uint64_t ticket = 0;
  Index after;
};
struct StorePromise {
  uint64_t ticket = 0;
  Epoch promised;
};

// Read the journal after `after`, up to `upto` and a bounded size, for a joiner. LogRead answers.
struct ReadLog {
  NodeId joiner;
  Position after;
  Index upto;
  Epoch epoch;           // The open one; the answer carries it back.
  bool history = false;  // The same; the joiner is none, and wants the notes too.
};

// A donor's answer to HistoryWanted, as it came: nothing of it is verified. Empty: it cannot help.
struct HistoryCame {
  NodeId donor;
  proto::Entries entries;
};

enum class EventOutcome : uint8_t {
  kNone,       // A mark: no event, and no number.
  kNumbered,   // It has its place in the order.
  kDuplicate,  // It repeats an event: that one's place.
  kRefused,    // Its condition was not met: the place of its subject's last event.
  // Its client has sent it again: the place that it has. 0: it was answered for good, and is
  // forgotten.
  kRepeated,
  // Of a cursor's change: its maker does not hold it, or there is none.
  kNotHeld,
  kNoRoom,  // There are as many cursors as there may be.
};

// How an event of a batch ended.
struct EventResult {
  Sequence sequence;
  EventOutcome outcome = EventOutcome::kNone;
  Index index{};  // kRepeated: of the entry that has the event; 0 when it is forgotten.
  bool numbered() const { return outcome == EventOutcome::kNumbered; }
};

// A piece of this node's applied state for a joiner, from `offset` of the snapshot at `position`
// on; at offset 0, or when that one is gone, of one that begins. SnapshotRead answers.
struct ReadSnapshot {
  NodeId joiner;
  Position position;
  uint64_t offset = 0;
};

// The log up to the snapshot's position is replaced by it: a checkpoint of the journal.
struct InstallSnapshot {
  uint64_t ticket = 0;
  std::shared_ptr<const proto::Snapshot> snapshot;
};

// These events are in the order, in a part of it that this node took over as a state: nobody here
// can tell what became of them.
struct OutcomeUnknown {
  std::vector<uint64_t> tokens;
};

// An entry is committed: show it. Releases come in index order, each index once.
struct Release {
  Entry entry;
  // kBatch: one result an event of the batch.
  std::vector<EventResult> results;
  // kEpoch: the view event has `sequence`, each joined and then each left node the next; `count` in
  // all.
  Sequence sequence;
  uint64_t count = 0;
  std::vector<proto::ViewMember> before;  // Members of the primary component before.
  // This node's own batch: the tokens of its events, in order.
  std::vector<uint64_t> tokens;
};

// Who of the view wants what; replaces what was said before. Who is not in it has not spoken yet.
struct InterestChanged {
  std::map<NodeId, Interest> by_node;
};

// For the log.
struct Notice {
  std::string text;
};

// This node must not go on in the order: its own log contradicts the cluster's.
struct Halt {
  std::string reason;
  // Its log was ordered apart, as corosync let it: when that is set aside, the node can begin anew.
  bool overtaken = false;
  // The new journal has the old one's id, and so its vote: by the corosync rule who lacks the log
  // is not counted, and to have been overtaken it must have been behind.
  bool keeps_vote = false;
};

using Output = std::variant<Multicast, AppendEntry, TruncateLog, StorePromise, ReadLog, HistoryCame,
                            ReadSnapshot, InstallSnapshot, OutcomeUnknown, Release, InterestChanged,
                            Notice, Halt>;

}  // namespace peal::ordering
