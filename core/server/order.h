// What the server needs of the order, without knowing how it comes about. peald's main sets it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "core/base/client_publish.h"
#include "core/base/ids.h"
#include "core/base/interest.h"
#include "proto/event.pb.h"
#include "proto/group.pb.h"
#include "proto/session.pb.h"

namespace peal::server {

struct SubmitOptions {
  bool dedup = false;  // (source, id) is to be unique.
  // It is published only if its subject's last event has this globalseq; 0: there is none.
  std::optional<Sequence> expect_subject;
  ClientPublish client;
};

// How a submitted global event ended.
struct Outcome {
  absl::Status status;  // Ok: it is committed and applied here. FailedPrecondition: it is refused.
                        // DeadlineExceeded: it is unknown, and will be.
  // Its globalseq; with `duplicate` or `repeated` that of the event it repeats; refused: of its
  // subject's last.
  Sequence sequence;
  Epoch epoch;
  bool duplicate = false;
  // Its client had sent it before, and that is the event.
  bool repeated = false;
  // With `repeated`: the event, as its daemon had submitted it. Empty: it is not held any more.
  std::string first_try{};
};
// The place of a durable subscription, as the order has it.
struct DurablePlace {
  std::string name;
  proto::Place place;
  uint32_t owner = 0;      // A user's id.
  std::string node;        // Where it is held; empty: nobody holds it.
  bool held_here = false;  // By this daemon.
  uint64_t hold = 0;       // CursorChange.hold of the holder.
};

using OutcomeCallback = std::function<void(const Outcome&)>;
using StatusCallback = std::function<void(const absl::Status&)>;

// The port to the ordering layer. Loop thread only. Callbacks come later, never from within the
// call.
class Order {
 public:
  virtual ~Order() = default;

  // True while global events can be submitted: this node is whole in the primary component and the
  // window of what is ordered but not committed has room. When it turns true again the server's
  // OnOrderReady() is called.
  virtual bool CanSubmit() const = 0;

  // True while there is a primary component with this node in it. `why` tells what is missing.
  virtual bool IsPrimary(std::string* why) const = 0;

  // Orders one event, complete but for `globalseq` and `epoch`. Events of one daemon are ordered as
  // submitted. Only when CanSubmit(). `done` is called exactly once, when it is committed; if the
  // primary component is lost, whenever that is again.
  virtual void Submit(const proto::Event& event, const SubmitOptions& options,
                      OutcomeCallback done) = 0;

  // Calls `done` once this node has applied everything committed anywhere before the call.
  // Only when CanSubmit().
  virtual void Barrier(OutcomeCallback done) = 0;

  // Orders a change of a durable subscription's place, which takes effect everywhere. Only when
  // CanSubmit(). Aborted: it is not held here, or there is none; ResourceExhausted: there are as
  // many as there may be.
  virtual void ChangeDurable(const proto::CursorChange& change, OutcomeCallback done) = 0;
  // As of what is applied here.
  virtual std::optional<DurablePlace> FindDurable(std::string_view name) const = 0;
  virtual std::vector<DurablePlace> Durables() const = 0;

  // Highest globalseq applied here.
  virtual Sequence applied() const = 0;

  // Fills what the order knows: phase, reason, epoch, members, votes, committed index, cluster,
  // nodeid.
  virtual void FillStatus(proto::StatusReply* reply) const = 0;

  // The operator's hand on the voters (proto/session.proto, ClusterRequest). `done` is called once:
  // Ok when the change is committed; NotFound: no such node; Aborted: it cannot be made here;
  // ResourceExhausted: another one waits; Unavailable: without a primary component it could not be
  // made in time, and is withdrawn (if it was under way it may still come about).
  virtual void ChangeVoters(proto::ClusterRequest::Action action, const std::string& node,
                            std::chrono::milliseconds timeout, StatusCallback done) = 0;

  // What local subscribers want cluster-wide; replaces what was set before. Sent to all daemons.
  // What it narrows is set before the daemon joins the group, and stays.
  virtual void SetInterest(const Interest& interest) = 0;
  // Counts what was set.
  virtual InterestNumber told_interest() const = 0;
  // Up to where every daemon that orders with this one knows it: nothing that was asked for is
  // published there any more without being ordered. When it grows the server's OnInterestKnown() is
  // called. Where nobody orders with this one that is all.
  virtual InterestNumber known_interest() const = 0;
};

}  // namespace peal::server
