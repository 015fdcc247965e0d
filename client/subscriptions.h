// The subscriptions of a client, over all of its connections: where each is, and what of it is
// confirmed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "peal/types.h"
#include "proto/place.pb.h"

namespace peal::client {

// One subscription. Counts are of what came over this connection, or the last one while away, as
// the daemon counts.
//
//   kStarting --OnSubscribed--> kRunning --OnConnectionLost--> kAway --OnSentAgain--> kResuming
//                                  ^                             ^---Refused---------------|
//                                  '-----OnSubscribed--------------------------------------'
struct Subscription {
  enum class State { kStarting, kRunning, kAway, kResuming };

  SubscribeOptions options;
  EventCallback on_event;
  State state = State::kStarting;
  // Everything up to here was handed out, and nothing after it. Not set: the daemon did not say.
  std::optional<proto::Place> place;
  uint64_t handed_out = 0;
  uint64_t confirmed = 0;
  uint64_t confirm_sent = 0;

  // From where another connection goes on, as of what is confirmed until then; null: from where the
  // cluster has it.
  const proto::Place* PlaceToResume() const;
  // Whether another connection can.
  bool CanResume() const;
};

// Pure: no socket, no clock, and calls nobody. Not thread-safe.
//
// What is taken out in a callback may be what calls it: it is kept, out of reach, until Sweep().
class Subscriptions {
 public:
  struct Confirmation {
    uint64_t request = 0;
    uint64_t delivered = 0;
  };

  // `request` is the number of the Subscribe, the same over all connections.
  void Add(uint64_t request, const SubscribeOptions& options, EventCallback on_event);
  // Null: there is none.
  Subscription* Find(uint64_t request);
  // Takes it out. False: there is none.
  bool Remove(uint64_t request);
  // Takes all out; each with its number.
  std::vector<std::pair<uint64_t, StatusCallback>> RemoveAll();
  void Sweep() { removed_.clear(); }
  size_t size() const { return by_request_.size(); }

  // The daemon has it, and it begins at `place`.
  void OnSubscribed(uint64_t request, std::optional<proto::Place> place);
  // Its callback is given one event.
  void OnHandingOut(Subscription* subscription) { ++subscription->handed_out; }
  // Its callback has returned.
  void OnHandled(uint64_t request);
  // All events up to `place` were handed out.
  void OnMoved(uint64_t request, std::optional<proto::Place> place);
  // The program is done with all that was handed out.
  void OnConfirmed(uint64_t request);

  // Those that cannot go on over another connection, taken out.
  std::vector<std::pair<uint64_t, StatusCallback>> OnConnectionLost();
  // Those to subscribe again, in their order.
  std::vector<uint64_t> Away() const;
  // It waits for the daemon's answer to a Subscribe from PlaceToResume().
  void OnSentAgain(uint64_t request);
  // It is to be tried again later.
  void OnRefused(uint64_t request);

  bool has_confirmations() const { return !to_confirm_.empty(); }
  // What the daemon has to be told, at most one for each subscription.
  std::vector<Confirmation> TakeConfirmations();

 private:
  Subscription* Get(uint64_t request);

  std::map<uint64_t, Subscription> by_request_;
  std::set<uint64_t> to_confirm_;
  std::vector<std::map<uint64_t, Subscription>::node_type> removed_;
};

}  // namespace peal::client
