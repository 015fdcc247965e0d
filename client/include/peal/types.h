// What a client says to a daemon and hears from it, as values. They mirror proto/session.proto.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "peal/event.h"
#include "peal/status.h"

namespace peal {

// The daemon, from its greeting.
struct DaemonInfo {
  std::string node;
  uint64_t incarnation = 0;
  uint64_t frame_bytes_max = 0;
  uint64_t data_bytes_max = 0;  // Of an event's data.
  uint64_t publish_window = 0;  // Publishes that may wait for their answer.
};

enum class Ack {
  kCommitted,  // Answered when the event is in the order for good; a local one: on its disk.
  kAccepted,   // Answered when the daemon has numbered it.
  kNone,       // Not answered.
};

struct PublishOptions {
  Ack ack = Ack::kCommitted;
  // Published only if the last global event of its subject has this globalseq; 0: there is none
  // yet. Otherwise kCondition, and the result's globalseq is that event's.
  std::optional<uint64_t> expect_subject_seq;
  std::chrono::milliseconds timeout{10'000};
};

struct PublishResult {
  // Ok; kNoPrimary; kUnreachable; kTimedOut; kInvalid; kNotPermitted; kBusy; kCondition when the
  // condition is not met.
  Status status;
  // After an error: true means that the outcome is unknown, false that the event will never appear.
  bool submitted = false;
  uint64_t globalseq = 0;  // 0: a local event, or not known yet.
  uint64_t sequence = 0;
  std::string node;
  uint64_t epoch = 0;
  std::string id;
  bool duplicate = false;  // The order had an event of this source and id; globalseq is that one's.
  // Its type is dispatched by interest, and nobody in the cluster subscribes to it: this try is not
  // in the order and never will be. It has no globalseq and no sequence.
  bool unasked = false;
};
using PublishCallback = std::function<void(const PublishResult&)>;

using StatusCallback = std::function<void(const Status&)>;

enum class SubscribeScope { kAll, kGlobal, kLocal };

struct SubscribeOptions {
  // Globs over the type: '*' any characters, '?' one. Any may match; none: every type.
  std::vector<std::string> types;
  // A condition in CESQL 1.0 over the event's attributes and stamps, such as
  // "usedpct > 75 AND node = 'n1'"; empty: none. What is wrong with it is kInvalid, with the place
  // in its text.
  std::string where;
  SubscribeScope scope = SubscribeScope::kAll;

  // Where it begins. kTime: at the first event of the order that happened at `from_time` or later,
  // by its origin's clock.
  enum class From { kNew, kFirst, kSequence, kTime };
  From from = From::kNew;
  uint64_t from_sequence = 0;  // With kSequence: the first globalseq wanted.
  Timestamp from_time;         // With kTime.

  // So many events may be with the program and not confirmed; until it confirms, the daemon sends
  // no more. 0: any number; of a durable subscription 1000.
  uint32_t window = 0;
  // When an event counts as confirmed: kWhenHandled: its callback has returned. kByProgram: the
  // program says so, with Client::Confirm().
  enum class Confirm { kWhenHandled, kByProgram };
  Confirm confirm = Confirm::kWhenHandled;

  // A durable subscription: the cluster keeps, under this name, how far it is confirmed. The next
  // one of the name, on this node or another, begins there; `from` counts for the first only. One
  // client holds a name, the newest. 1 to 128 bytes of printable ASCII without spaces; empty: it is
  // not durable.
  std::string durable;

  // What cannot be delivered any more: kTell: is told by an event `peal.gap`, and the subscription
  // goes on. kEnd: ends it, with kTrimmed.
  enum class Gaps { kTell, kEnd };
  Gaps gaps = Gaps::kTell;

  // Called once when the subscription ends without Unsubscribe(): kAborted: a newer one holds its
  // durable name; kNotFound: the name was removed; kTrimmed: a gap; kUnreachable and others: the
  // connection has ended for good, or the daemon refuses to go on with it. May be null.
  StatusCallback on_end;
};
// The event is there until it returns; it may be moved from.
using EventCallback = std::function<void(Event&&)>;

// Names one subscription of a client.
struct SubscriptionId {
  uint64_t request = 0;
  auto operator<=>(const SubscriptionId&) const = default;
};

struct MemberInfo {
  std::string name;
  uint32_t nodeid = 0;
  uint32_t votes = 0;
  bool voter = false;
  bool online = false;
  uint64_t applied = 0;  // Highest globalseq it has applied, as far as the asked node knows.
  uint64_t durable = 0;
  bool forgotten = false;  // An operator has taken its vote.
};

enum class VoterChange {
  kBootstrap,  // The first log begins with the nodes that are here, without the others.
  kAdmit,      // The node may vote again.
  kForget,     // The node loses its vote, and gets none until it is admitted.
};

struct DaemonStatus {
  std::string node;
  uint32_t nodeid = 0;
  std::string cluster;
  std::string phase;   // primary, isolated, joining, standalone
  std::string reason;  // Why, and what would end it.
  uint64_t epoch = 0;
  uint64_t globalseq = 0;
  uint64_t localseq = 0;
  uint64_t incarnation = 0;
  std::vector<MemberInfo> members;
  uint32_t clients = 0;
  uint32_t subscriptions = 0;
  uint64_t votes_present = 0;
  uint64_t votes_total = 0;
  uint64_t committed_index = 0;
  uint64_t first_globalseq = 0;  // Oldest that the node still holds; 0: none.
  std::string journal;           // What is wrong with the node's journal; empty: nothing.
  std::string local_journal;     // The same of its journal of local events.
  double publish_rate = 0;       // Events a second over the last 10 s.
  double deliver_rate = 0;
  std::chrono::milliseconds uptime{0};
  std::string version;
};

enum class ListWhat { kClasses, kProducers, kSubscriptions, kNodes };

struct ClassInfo {
  struct AttributeInfo {
    std::string name;
    std::string type;
    std::string unit;
    std::string meaning;
  };
  std::string name;
  std::string description;
  std::string mode;  // pushed or sampled
  std::vector<std::string> types;
  std::vector<AttributeInfo> attributes;
  std::string cost;
};

struct ProducerInfo {
  std::string name;
  bool active = false;
  std::vector<std::string> wanted_by;  // Nodes.
  uint64_t events = 0;
};

struct SubscriptionInfo {
  std::string client;
  uint32_t pid = 0;
  uint32_t uid = 0;
  std::vector<std::string> types;
  std::string scope;
  uint64_t delivered = 0;
  // Events that it has not got yet: of one that has caught up, of those that it wants; of one that
  // has not, of all that it has still to look at.
  uint64_t lag = 0;
  std::string where;    // Its condition; empty: none.
  std::string durable;  // Its name; empty: it is not durable.
  // Of a durable one: everything up to this globalseq is confirmed in the order.
  uint64_t confirmed = 0;
  // Of a durable one: the node where it is held; empty: nobody holds it. What only the holder's
  // daemon knows, from `client` to `delivered`, others do not fill in.
  std::string node;
};

// Only what was asked for is filled.
struct Listing {
  std::vector<ClassInfo> classes;
  std::vector<ProducerInfo> producers;
  std::vector<SubscriptionInfo> subscriptions;
  std::vector<MemberInfo> nodes;
};

}  // namespace peal
