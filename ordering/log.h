// The part of the log that the protocol still decides about: what follows the last applied entry.
// The journal has it all; this is the machine's own view of its end. A value; pure.
#pragma once

#include <deque>
#include <optional>
#include <utility>

#include "ordering/entry.h"
#include "ordering/origins.h"
#include "ordering/voters.h"

namespace peal::ordering {

// Invariant: entries are dense in index and continue one chain from the anchor. Only the anchor
// moves forward (Apply), only the end moves back (TruncateAfter), never past each other.
class Log {
 public:
  // What is known at a place of the log.
  struct Point {
    Position position;
    Origins origins;
    Voters voters;
  };

  Log() = default;
  // A log of which nothing before `anchor` is known, and nothing after.
  explicit Log(Point anchor) : anchor_(std::move(anchor)), end_(anchor_) {}

  const Point& anchor() const { return anchor_; }
  const Point& end() const { return end_; }
  Index end_index() const { return end_.position.index; }
  bool empty() const { return end_.position.index == Index(0); }

  // The chain at `index`; none outside of anchor..end.
  std::optional<Chain> ChainAt(Index index) const;
  // Whether this log has exactly this position.
  bool Has(const Position& position) const { return ChainAt(position.index) == position.chain; }
  // The entry at `index`, which is after the anchor and not after the end.
  const Entry& At(Index index) const;
  // What is known at `index`, of anchor..end.
  Point PointAt(Index index) const;

  // `entry` continues the end.
  void Append(Entry entry);
  // Drops what is after `index`, which is of anchor..end.
  void TruncateAfter(Index index);
  // The first entry after the anchor is applied: it becomes the anchor, and is returned.
  Entry Apply();

 private:
  static void Advance(Point* point, const Entry& entry);

  Point anchor_;
  std::deque<Entry> entries_;
  Point end_;
};

}  // namespace peal::ordering
