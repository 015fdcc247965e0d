#include "ordering/log.h"

#include <utility>

#include "core/base/check.h"

namespace peal::ordering {

void Log::Advance(Point* point, const Entry& entry) {
  PEAL_CHECK(entry.index == point->position.index.Next());
  point->position = entry.position();
  if (entry.kind == EntryKind::kEpoch) {
    point->voters = FromProto(entry.opened->voters());
  } else {
    point->origins.Take(entry.batch_id());
  }
}

std::optional<Chain> Log::ChainAt(Index index) const {
  if (index == anchor_.position.index) {
    return anchor_.position.chain;
  }
  if (index < anchor_.position.index || index > end_index()) {
    return std::nullopt;
  }
  return At(index).chain;
}

const Entry& Log::At(Index index) const {
  PEAL_CHECK(index > anchor_.position.index);
  PEAL_CHECK(index <= end_index());
  const Entry& entry = entries_[index.value() - anchor_.position.index.value() - 1];
  PEAL_CHECK(entry.index == index);
  return entry;
}

Log::Point Log::PointAt(Index index) const {
  PEAL_CHECK(index >= anchor_.position.index);
  PEAL_CHECK(index <= end_index());
  Point point = anchor_;
  while (point.position.index < index) {
    Advance(&point, At(point.position.index.Next()));
  }
  return point;
}

void Log::Append(Entry entry) {
  Advance(&end_, entry);
  entries_.push_back(std::move(entry));
}

void Log::TruncateAfter(Index index) {
  end_ = PointAt(index);
  entries_.resize(index.value() - anchor_.position.index.value());
}

Entry Log::Apply() {
  PEAL_CHECK(!entries_.empty());
  Entry entry = std::move(entries_.front());
  entries_.pop_front();
  Advance(&anchor_, entry);
  PEAL_CHECK(anchor_.position.index <= end_index());
  return entry;
}

}  // namespace peal::ordering
