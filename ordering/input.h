// Everything that can happen to the machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/client_publish.h"
#include "core/base/interest.h"
#include "ordering/entry.h"
#include "ordering/types.h"

namespace peal::ordering {

// The group is reachable; says who this process is in it.
struct Connected {
  Process self;
  Nodelist nodelist;
};

// A new view: a change of ring, or of members within one. `members` are sorted, one a node.
struct ViewChanged {
  RingId ring;
  std::vector<Process> members;
  int64_t now_us = 0;  // This node's clock, for the Epoch entry's time only.
};

// What corosync's quorum says of a ring; not ordered with anything else.
struct QuorumChanged {
  bool quorate = false;
  RingId ring;
};

// A message of the group, one's own too.
struct Received {
  Process sender;
  std::string_view bytes;
};

// The group is gone; others may have been delivered more.
struct Lost {
  std::string reason;
};

// Everything given to the journal with a ticket up to this one is durable.
struct Synced {
  uint64_t ticket = 0;
};

// An event to order. `token` comes back with its Release. Empty `event`: a mark.
struct Submitted {
  uint64_t token = 0;
  std::string event;                       // Encoded, complete but for `globalseq` and `epoch`.
  std::string key;                         // 16 bytes when the publisher chose the id, else empty.
  std::string subject;                     // 16 bytes when it has one, else empty.
  std::optional<Sequence> expect_subject;  // Of the subject's last event; else it is refused.
  ClientPublish client;
  std::string cursor;  // Instead of all above: an encoded CursorChange.
};

// What has been submitted so far should go out now: the end of a batch.
struct Flush {};

// The journal's answer to ReadLog.
struct LogRead {
  NodeId joiner;
  std::vector<Entry> entries;
  Index first_available;  // When the journal no longer holds what was asked for; else 0.
  Epoch epoch;            // Of the ReadLog.
  bool history = false;   // The same.
  // Beside the entries, of each the note that the journal has; with `history` only.
  std::vector<std::string> notes;
  bool other_log = false;  // What was asked after is not of this log.
};

// This node's journal has lost entries of long ago: ask `donor` for those after `after`, up to
// `upto`. HistoryCame answers, or nothing does.
struct HistoryWanted {
  NodeId donor;
  Position after;
  Index upto;
};

// The answer to ReadSnapshot.
struct SnapshotRead {
  proto::SnapshotPiece piece;
};

// What this node's subscribers want of the whole cluster.
struct InterestSet {
  Interest interest;
};

// What the operator at this node wants of the voters; none: nothing any more.
struct WishSet {
  std::optional<VoterWish> wish;
};

// Every kTickMs.
struct Tick {};

using Input = std::variant<Connected, ViewChanged, QuorumChanged, Received, Lost, Synced, Submitted,
                           Flush, LogRead, SnapshotRead, HistoryWanted, InterestSet, WishSet, Tick>;

}  // namespace peal::ordering
