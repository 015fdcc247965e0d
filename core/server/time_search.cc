#include "core/server/time_search.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/base/event_wire.h"

namespace peal::server {
namespace {

constexpr size_t kReadBytes = size_t{256} * 1024;

struct Search {
  History* history = nullptr;
  int64_t time_us = 0;
  Sequence applied;
  std::function<void(absl::StatusOr<Sequence>)> done;
};

void ReadFrom(Sequence from, const std::shared_ptr<const Search>& search);

void Take(Sequence from, const absl::StatusOr<EventChunk>& events,
          const std::shared_ptr<const Search>& search) {
  if (absl::IsNotFound(events.status()) && search->history->first() > from) {
    ReadFrom(search->history->first(), search);
    return;
  }
  if (!events.ok()) {
    search->done(events.status());
    return;
  }
  Sequence next = from.Next();
  for (size_t i = 0; i < events->size(); ++i) {
    const EventChunk::Event event = events->At(i);
    if (event.globalseq >= from && base::TimeUsOf(event.encoded).value_or(0) >= search->time_us) {
      search->done(event.globalseq);
      return;
    }
    next = std::max(next, event.globalseq.Next());
  }
  ReadFrom(next, search);
}

void ReadFrom(Sequence from, const std::shared_ptr<const Search>& search) {
  if (from > search->applied) {
    search->done(search->applied.Next());
    return;
  }
  search->history->Read(from, kReadBytes, [from, search](const absl::StatusOr<EventChunk>& events) {
    Take(from, events, search);
  });
}

}  // namespace

void FindSince(History* history, int64_t time_us, Sequence applied,
               std::function<void(absl::StatusOr<Sequence>)> done) {
  const Sequence begin = std::max(history->PlaceBefore(time_us), Sequence(1));
  ReadFrom(begin,
           std::make_shared<const Search>(Search{history, time_us, applied, std::move(done)}));
}

}  // namespace peal::server
