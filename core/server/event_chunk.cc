#include "core/server/event_chunk.h"

#include <optional>

#include "core/base/check.h"
#include "core/base/event_wire.h"

namespace peal::server {

bool EventChunk::Add(Sequence globalseq, Epoch epoch, std::string_view encoded) {
  const std::optional<std::string_view> type = base::TypeOf(encoded);
  if (!type) {
    return false;
  }
  Place place{.globalseq = globalseq, .begin = bytes_.size()};
  place.type_begin = place.begin + static_cast<size_t>(type->data() - encoded.data());
  place.type_size = type->size();
  bytes_ += encoded;
  base::AppendOrderStamps(globalseq, epoch, &bytes_);
  place.end = bytes_.size();
  places_.push_back(place);
  return true;
}

EventChunk::Event EventChunk::At(size_t number) const {
  PEAL_CHECK(number < size());
  const Place& place = places_[passed_ + number];
  const std::string_view bytes(bytes_);
  return {place.globalseq, bytes.substr(place.type_begin, place.type_size),
          bytes.substr(place.begin, place.end - place.begin)};
}

}  // namespace peal::server
