#include "core/server/local_history.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/log.h"

namespace peal::server {
namespace {

absl::StatusOr<LocalPlace> FirstPlace(const absl::StatusOr<std::vector<journal::Record>>& records) {
  if (!records.ok()) {
    return records.status();
  }
  PEAL_CHECK(!records->empty());
  const absl::StatusOr<LocalEvent> event = LocalEventOf(records->front());
  return event.ok() ? absl::StatusOr<LocalPlace>(event->place) : event.status();
}

}  // namespace

LocalHistory::LocalHistory(io::Loop* loop, journal::Journal* journal, const LocalLog* log)
    : loop_(loop), journal_(journal), log_(log) {}

void LocalHistory::Begin(std::function<void()> work) {
  if (under_way_ == kReadsMax) {
    waiting_.push_back(std::move(work));
    return;
  }
  ++under_way_;
  work();
}

void LocalHistory::End() {
  --under_way_;
  if (!waiting_.empty()) {
    const std::function<void()> next = std::move(waiting_.front());
    waiting_.pop_front();
    Begin(next);
  }
}

void LocalHistory::Read(LocalNumber from, size_t bytes_max, ReadCallback done) {
  PEAL_CHECK(from != LocalNumber(0));
  Begin([this, request = Request{from, bytes_max, std::move(done)}] { StartRead(request); });
}

void LocalHistory::StartRead(Request request) {
  const uint64_t unkept = log_->unkept_count();
  const uint64_t from = request.from.value();
  if (unkept == 0 || request.from > log_->kept().number) {
    // In the second case it is beyond the last record.
    ReadAt(Index(from), std::move(request));
    return;
  }
  Search search{
      .low = Index(from > unkept ? from - unkept : 1),
      .high = std::min(Index(from), journal_->last()),
      .before = [number = request.from](const LocalPlace& place) { return place.number < number; },
      .found = {}};
  search.found = [this, request = std::move(request)](Index index) { ReadAt(index, request); };
  Continue(std::move(search));
}

void LocalHistory::Continue(Search search) {
  search.low = std::max(search.low, journal_->first());
  if (search.low >= search.high) {
    search.found(search.low);
    return;
  }
  const Index middle(search.low.value() + (search.high.value() - search.low.value()) / 2);
  journal_->Read(middle, 1,
                 [this, middle, search = std::move(search)](const Records& records) mutable {
                   const absl::StatusOr<LocalPlace> place = FirstPlace(records);
                   // What is not held any more is before what is. Where it cannot be read the
                   // search ends too early rather than too late.
                   if (place.ok() ? search.before(*place) : absl::IsNotFound(place.status())) {
                     search.low = middle.Next();
                   } else {
                     search.high = middle;
                   }
                   Continue(std::move(search));
                 });
}

void LocalHistory::ReadAt(Index index, Request request) {
  const Index first = journal_->first();
  if (first == Index(0) || index > journal_->last()) {
    const LocalNumber through = request.damaged ? log_->kept().number : log_->shown();
    Finish(std::move(request), {.events = {}, .through = through});
    return;
  }
  const Index from = std::max(index, first);
  const size_t bytes_max = request.bytes_max;
  journal_->Read(from, bytes_max,
                 [this, from, request = std::move(request)](const Records& records) {
                   TakeRecords(from, request, records);
                 });
}

void LocalHistory::TakeRecords(Index index, Request request, const Records& records) {
  if (absl::IsNotFound(records.status()) && journal_->first() > index) {
    ReadAt(journal_->first(), std::move(request));  // It has been trimmed meanwhile.
    return;
  }
  LocalChunk chunk;
  absl::Status status = records.status();
  for (size_t i = 0; status.ok() && i < records->size(); ++i) {
    absl::StatusOr<LocalEvent> event = LocalEventOf((*records)[i]);
    status = event.status();
    if (event.ok() && event->place.number >= request.from) {
      chunk.through = event->place.number;
      chunk.events.push_back(*std::move(event));
    }
  }
  if (!chunk.events.empty()) {
    Finish(std::move(request), std::move(chunk));
  } else if (!status.ok()) {
    SkipDamage(index, std::move(request), status);
  } else {
    ReadAt(records->back().index.Next(), std::move(request));
  }
}

// Nobody else has these events: what follows in the next file is all that there is.
void LocalHistory::SkipDamage(Index index, Request request, const absl::Status& status) {
  const std::string text(status.message());
  if (text != logged_) {
    log::Error("local journal: {}; the events there are lost", text);
    logged_ = text;
  }
  request.damaged = true;
  const std::vector<journal::Place> places = journal_->Places();
  const auto next =
      std::find_if(places.begin(), places.end(),
                   [index](const journal::Place& place) { return place.index >= index; });
  ReadAt(next == places.end() ? journal_->last().Next() : next->index.Next(), std::move(request));
}

void LocalHistory::Finish(Request request, LocalChunk chunk) {
  chunk.through = std::max(chunk.through, request.from);
  chunk.damaged = request.damaged;
  loop_->Post([this, done = std::move(request.done), chunk = std::move(chunk)]() mutable {
    End();
    done(std::move(chunk));
  });
}

void LocalHistory::FindAfter(Sequence global, FindCallback done) {
  Begin([this, global, done = std::move(done)] {
    StartFind(global, [this, done](LocalNumber number) {
      loop_->Post([this, done, number] {
        End();
        done(number);
      });
    });
  });
}

void LocalHistory::StartFind(Sequence global, FindCallback done) {
  // Between two checkpoints.
  Search search{.low = journal_->first(),
                .high = journal_->last().Next(),
                .before = [global](const LocalPlace& place) { return place.after_global < global; },
                .found = {}};
  bool trimmed_before = false;  // What retention has removed lies before it, all of it.
  const std::vector<journal::Place> places = journal_->Places();
  for (const journal::Place& place : places) {
    if (place.sequence >= global) {
      search.high = std::min(search.high, place.index);
      break;
    }
    trimmed_before = true;
    search.low = std::max(search.low, place.index.Next());
  }
  search.found = [this, trimmed_before, done = std::move(done)](Index index) {
    const Index first = journal_->first();
    if (index > first && first != Index(0)) {
      ReadNumber(Index(index.value() - 1), [done](LocalNumber before) { done(before.Next()); });
    } else if (first != Index(0) && trimmed_before) {
      ReadNumber(first, done);
    } else {
      done(LocalNumber(1));
    }
  };
  Continue(std::move(search));
}

// Of a record that cannot be read the number is at least its index.
void LocalHistory::ReadNumber(Index index, std::function<void(LocalNumber)> done) {
  journal_->Read(index, 1, [index, done = std::move(done)](const Records& records) {
    const absl::StatusOr<LocalPlace> place = FirstPlace(records);
    done(place.ok() ? place->number : LocalNumber(index.value()));
  });
}

}  // namespace peal::server
