#include "core/server/feed.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace peal::server {
namespace {

size_t BytesOf(const FeedItem& item) {
  return sizeof(FeedItem) + item.type.size() + item.encoded.size();
}

}  // namespace

void Feed::AppendGlobal(Sequence globalseq, std::string type, std::string encoded) {
  PEAL_CHECK(globalseq > last_global_);
  last_global_ = globalseq;
  Append({globalseq, std::move(type), std::move(encoded), last_global_, last_local_});
}

void Feed::AppendLocal(std::string type, std::string encoded) {
  last_local_ = last_local_.Next();
  Append({Sequence(0), std::move(type), std::move(encoded), last_global_, last_local_});
}

void Feed::Append(FeedItem item) {
  bytes_ += BytesOf(item);
  items_.push_back(std::move(item));
  while (bytes_ > bytes_max_ && items_.size() > 1) {
    bytes_ -= BytesOf(items_.front());
    items_.pop_front();
    first_ = first_.Next();
  }
}

const FeedItem& Feed::At(FeedPosition position) const {
  PEAL_CHECK(position >= first_);
  PEAL_CHECK(position < end());
  return items_[position.value() - first_.value()];
}

FeedPosition Feed::PositionOf(Sequence globalseq) const {
  PEAL_CHECK(globalseq >= held_from());
  const auto found =
      std::partition_point(items_.begin(), items_.end(), [globalseq](const FeedItem& item) {
        return item.local() ? item.global_through.Next() < globalseq : item.globalseq < globalseq;
      });
  return first_.Plus(static_cast<uint64_t>(found - items_.begin()));
}

FeedPosition Feed::PositionAfter(LocalNumber number) const {
  const auto found =
      std::partition_point(items_.begin(), items_.end(),
                           [number](const FeedItem& item) { return item.local_through <= number; });
  return first_.Plus(static_cast<uint64_t>(found - items_.begin()));
}

Sequence Feed::held_from() const {
  if (items_.empty()) {
    return last_global_.Next();
  }
  const FeedItem& front = items_.front();
  return front.local() ? front.global_through.Next() : front.globalseq;
}

LocalNumber Feed::NextLocal(FeedPosition position) const {
  if (position == end()) {
    return last_local_.Next();
  }
  const FeedItem& item = At(position);
  return item.local() ? item.local_through : item.local_through.Next();
}

}  // namespace peal::server
