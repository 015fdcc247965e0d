// The port to a closed process group: totally ordered multicast with configuration changes.
// Implementations: corosync's CPG (ordering/corosync) and a group of one
// (ordering/replica/standalone).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ordering/types.h"

namespace peal::ordering {

// What the group tells its user, on the loop's thread, in the group's order. Messages sent from
// within these calls are delivered later.
class GroupSink {
 public:
  virtual ~GroupSink() = default;

  // Connected: who this process is, and the cluster's configuration. Comes before anything else,
  // again after every reconnection, and again when the configuration changes at run time.
  virtual void OnConnected(Process self, const Nodelist& nodelist) = 0;
  // A view: after every change of ring, and after every change of members within a ring. `members`
  // are sorted, only processes of nodes of the ring, one a node; this process is among them.
  virtual void OnView(RingId ring, const std::vector<Process>& members) = 0;
  // What corosync's quorum says, for which ring. Not ordered with the rest.
  virtual void OnQuorum(bool quorate, RingId ring) = 0;
  // One whole message of `sender` (one's own too). `bytes` lives until the call returns.
  virtual void OnMessage(Process sender, std::string_view bytes) = 0;
  // The connection is gone, or could not be made; what was delivered last may not be all that
  // others got. The group goes on trying to connect by itself.
  virtual void OnLost(const std::string& reason) = 0;
};

// Loop thread only.
class Group {
 public:
  virtual ~Group() = default;

  // Starts connecting; again, once Leave() is done. `sink` outlives the group.
  virtual void Start(GroupSink* sink) = 0;
  // Queues one message, in order. It may never be delivered: the group can be lost, or change.
  // Messages queue while the group is busy, without a loss; the caller's window bounds them.
  // When no group is joined the message is dropped.
  virtual void Multicast(std::string message) = 0;
  // Bytes queued here that the group has not taken yet: for back-pressure.
  virtual size_t backlog_bytes() const = 0;
  // Leaves in order: what is queued is sent first, within a bounded time, then `done` is called.
  // The sink hears nothing more. Once for each Start().
  virtual void Leave(std::function<void()> done) = 0;
};

}  // namespace peal::ordering
