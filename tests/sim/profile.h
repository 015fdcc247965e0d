// What one run is like: drawn from its seed, so that some runs are calm in what others are wild in.
// A value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/prng.h"

namespace peal::sim {

struct Profile {
  uint32_t nodes = 3;

  // The group.
  double received = 1;        // That a receiver gets a packet at once.
  double retransmitted = 1;   // That a packet that is missed comes with a token's visit.
  double sync_aborted = 0;    // That a new ring is given up before anybody hears of it.
  double partly_formed = 0;   // That a ring forms with some of those who could be in it.
  double torn = 0;            // That a joiner loses the beginning of a loaded sender's stream.
  double ghost = 0;           // That a dead process is announced as a member.
  double old_token = 0;       // That a woken corosync delivers its own messages in its old ring.
  double quorum_missing = 0;  // That a ring ends before its quorum is known.
  double quorum_lies = 0;     // That a minority is called quorate.
  double dropped = 0;         // That corosync drops what it had accepted.
  double reused_pid = 0;
  double torn_batches = 0;    // That a receiver misses a batch, which no corosync does.
  double events_dropped = 0;  // That what waits to be read is lost with the connection.
  int64_t token_timeout_us = 100'000;
  int64_t sync_us = 10'000;
  int64_t visit_us = 200;
  int64_t quorum_delay_us = 10'000;
  int64_t delivery_us = 200;

  // The nodes.
  int64_t fsync_us = 1'000;
  int64_t read_us = 1'000;
  double log_epoch_falls = 0;  // 1: a journal forgets an epoch with the record that opened it.
  double checkpoint = 0;
  bool segmented = false;  // The real journal, over files.
  uint64_t segment_bytes = 0;
  uint64_t cache_bytes = 0;
  uint64_t retain_bytes = 0;
  size_t transfer_bytes = size_t{512} << 10;
  int64_t submit_us = 50'000;  // Between two submissions of a node, on average.
  double dedup = 0.2;
  double barrier = 0.1;

  // The nemesis.
  int64_t chaos_us = 10'000'000;
  double burst = 0;            // That all publish right before a fault.
  int64_t fault_us = 300'000;  // Between two faults, on average.
  uint32_t emptied_max = 0;    // Disks; never more than the cluster claims to bear.
  bool restore_disks = false;
  bool empty_keeps_id = false;  // The mutant `amnesia`.
  // The daemons leave it to corosync who goes on: one side of a partition, which need be no
  // majority, and of which one was on the side that went on before; who is not on it is fenced.
  bool corosync_decides = false;
  bool change_voters = false;  // The nodelist changes, and operators forget and admit nodes.
};

Profile DrawProfile(uint32_t nodes, base::Prng* prng);

}  // namespace peal::sim
