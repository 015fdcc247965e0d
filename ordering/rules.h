// The protocol's rules as switches, all on. The simulator turns one off at a time, to show that it
// finds what the rule is there to prevent; docs/ordering.md has what each one says. A value.
#pragma once

namespace peal::ordering {

struct Rules {
  bool view = true;        // Messages of another view do not count.
  bool round = true;       // A round that is not installed in time is given up for another.
  bool echo = true;        // At a view change, what was delivered is not therefore kept for good.
  bool confirm = true;     // Only another member's equal chain confirms; never one's own sync.
  bool ambiguity = true;   // Of several candidates, the one that may be committed is taken.
  bool chain = true;       // Acknowledgements count only with this log's chain.
  bool promise = true;     // An epoch opens only with a majority's durable promises.
  bool epoch = true;       // Batches of another epoch are ignored.
  bool dedup = true;       // A batch that the log has is ignored.
  bool continuity = true;  // A batch that is not its origin's next is ignored.
  bool own_epoch = true;   // Entries of older epochs are committed only through the open one's.
  bool truncate_differing = true;  // A joiner drops only what differs from the base log.
  bool sync_before_ack = true;     // Only what is durable is acknowledged.
  bool stream = true;              // A gap in a member's messages is out of step.
  // The voters of before agree to a change too, and it is committed before the next begins.
  bool overlap = true;
  // Where corosync decides who goes on: only with one who was in the order and has had its quorum
  // ever since, or with all voters.
  bool standing = true;
  bool session = true;       // A publish that its client sends again is one event.
  bool interest = true;      // A State has what its sender's subscribers want.
  bool heard = true;         // It counts on being heard only by whom it is told.
  bool keep_on_loss = true;  // A restart, or a lost group, keeps what is unconfirmed, as ambiguous.
};

}  // namespace peal::ordering
