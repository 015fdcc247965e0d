// A joiner's way to the base log, and what is delivered meanwhile. A value; pure.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "ordering/entry.h"
#include "ordering/snapshot_parts.h"
#include "ordering/types.h"

namespace peal::ordering {

class CatchUp {
 public:
  // Live entries kept while history comes. Beyond it they are dropped, and come as history too.
  static constexpr size_t kLiveBytesMax = 16 << 20;

  struct LiveEntry {
    Epoch epoch;
    EntryKind kind = EntryKind::kBatch;
    std::string payload;
  };

  bool active() const { return active_; }
  NodeId donor() const { return donor_; }
  // What is verified to be the donor's log so far.
  const Position& verified() const { return verified_; }
  // History is wanted up to here: the entry before the first live one that is kept.
  Index wanted() const { return Index(live_first_.value() - 1); }
  bool history_complete() const { return verified_.index == wanted(); }

  // `common` is where this log surely equals the donor's; the live entries begin at `live_first`.
  void Start(NodeId donor, const Position& common, Index live_first) {
    active_ = true;
    donor_ = donor;
    verified_ = common;
    live_first_ = live_first;
    live_.clear();
    live_bytes_ = 0;
    waiting_ticks_ = 0;
    snapshot_.Clear();
  }
  void Stop() {
    active_ = false;
    live_.clear();
    snapshot_.Clear();
  }

  void Verified(const Position& position) { verified_ = position; }
  // A snapshot can be newer than the first live entries.
  void DropLiveThrough(Index index) {
    while (!live_.empty() && live_first_ <= index) {
      TakeLive();
    }
    if (live_.empty() && live_first_ <= index) {
      live_first_ = index.Next();
    }
  }

  // Collects the applied state where the donor no longer holds the history.
  SnapshotParts& snapshot() { return snapshot_; }
  const SnapshotParts& snapshot() const { return snapshot_; }

  // A live entry was delivered, `index` being its place.
  void Keep(Index index, LiveEntry entry) {
    live_bytes_ += entry.payload.size();
    live_.push_back(std::move(entry));
    if (live_bytes_ > kLiveBytesMax) {
      live_.clear();
      live_bytes_ = 0;
      live_first_ = index.Next();
    }
  }
  bool has_live() const { return !live_.empty(); }
  LiveEntry TakeLive() {
    LiveEntry entry = std::move(live_.front());
    live_bytes_ -= entry.payload.size();
    live_.pop_front();
    live_first_ = live_first_.Next();
    return entry;
  }

  // Counts ticks since the last fetch; the answer may be lost.
  void Asked() { waiting_ticks_ = 0; }
  bool Overdue(uint32_t ticks_max) { return ++waiting_ticks_ >= ticks_max; }

 private:
  bool active_ = false;
  NodeId donor_;
  Position verified_;
  Index live_first_;
  std::deque<LiveEntry> live_;
  size_t live_bytes_ = 0;
  SnapshotParts snapshot_;
  uint32_t waiting_ticks_ = 0;
};

}  // namespace peal::ordering
