// What this node has submitted and not yet seen applied, in order, in numbered batches. A batch
// keeps its number and its bytes however often it is sent, so that the log can tell it from a new
// one. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "ordering/batch.h"
#include "ordering/input.h"

namespace peal::ordering {

class Outbox {
 public:
  // A batch is closed at this size: CPG moves most bytes in messages of 8 to 32 KiB.
  static constexpr size_t kBatchBytesMax = 32 << 10;
  // Batches sent and not yet delivered back. More only queue up in corosync.
  static constexpr uint64_t kInFlightMax = 4;
  // Submitted and not yet applied, in bytes and events; beyond it full() asks to wait.
  static constexpr size_t kWindowBytes = 16 << 20;
  static constexpr size_t kWindowEvents = 65'536;

  Outbox(NodeId node, Incarnation incarnation) : node_(node), incarnation_(incarnation) {}

  bool full() const { return window_bytes_ >= kWindowBytes || window_events_ >= kWindowEvents; }
  bool empty() const { return batches_.empty() && open_tokens_.empty(); }
  // The node id is known when the group is; it does not change while batches exist.
  void set_node(NodeId node) { node_ = node; }

  // Takes an event, also when full: the bound is the caller's to respect.
  void Add(const Submitted& submitted);

  // The next batch to send, when there is one and room in flight; null when not.
  const std::string* Next();
  // Everything after `number` must be sent (again): the log of the epoch goes that far.
  void SendAgainAfter(BatchNumber number);
  // The batch came back and was taken into the log.
  void Returned(BatchNumber number);
  // The batch is applied: forget it. Returns its tokens.
  std::vector<uint64_t> Applied(BatchNumber number);
  // All batches up to `number` are applied, without having been seen: forget them. Returns their
  // tokens.
  std::vector<uint64_t> AppliedThrough(BatchNumber number);

  // Something is sent and has not come back.
  bool in_flight() const { return sent_ > returned_; }
  BatchNumber returned() const { return returned_; }
  // The highest number that a batch has.
  BatchNumber last() const { return last_; }

 private:
  struct Closed {
    BatchNumber number;
    std::string payload;
    std::vector<uint64_t> tokens;
    size_t event_bytes = 0;
  };

  void CloseBatch();

  NodeId node_;
  Incarnation incarnation_;
  BatchWriter open_;  // The batch that still grows.
  std::vector<uint64_t> open_tokens_;
  size_t open_event_bytes_ = 0;
  std::deque<Closed> batches_;  // Dense in number.
  BatchNumber last_;            // Highest number given.
  BatchNumber sent_;            // Highest sent in this epoch.
  BatchNumber returned_;        // Highest taken into this epoch's log.
  size_t window_bytes_ = 0;
  size_t window_events_ = 0;
};

}  // namespace peal::ordering
