#include "ordering/replica/log_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "ordering/replica/journal_entries.h"
#include "ordering/snapshot.h"

namespace peal::ordering {
namespace {

absl::StatusOr<proto::Unnumbered> UnnumberedOf(const journal::Record& record) {
  proto::Unnumbered unnumbered;
  if (!unnumbered.ParseFromString(record.note)) {
    return absl::DataLossError(
        fmt::format("the note beside entry {} is none of Peal's", record.index.value()));
  }
  return unnumbered;
}

}  // namespace

std::string NoteOf(const Release& release) {
  proto::Unnumbered unnumbered;
  for (size_t place = 0; place < release.results.size(); ++place) {
    if (!release.results[place].numbered()) {
      unnumbered.add_places(static_cast<uint32_t>(place));
    }
  }
  return unnumbered.SerializeAsString();
}

LogHistory::LogHistory(journal::Journal* journal) : journal_(journal) {}

Sequence LogHistory::first() const {
  const std::vector<journal::Place> places = journal_->Places();
  return places.empty() ? Sequence(0) : places.front().sequence.Next();
}

Sequence LogHistory::PlaceBefore(int64_t time_us) const {
  const std::vector<journal::Place> places = journal_->Places();
  if (places.empty()) {
    return Sequence(0);
  }
  const auto after = std::partition_point(
      places.begin() + 1, places.end(),
      [time_us](const journal::Place& place) { return place.time_us < time_us - kClockSkewUs; });
  return std::prev(after)->sequence.Next();
}

void LogHistory::Read(Sequence from, Index committed, size_t bytes_max, Callback done) {
  Request request{from, committed, bytes_max, std::move(done)};
  const auto known = std::find_if(cursors_.begin(), cursors_.end(), [from](const Cursor& cursor) {
    return cursor.numbering.last().Next() == from;
  });
  if (known == cursors_.end()) {
    Open(std::move(request));
    return;
  }
  Cursor cursor = std::move(*known);
  cursors_.erase(known);
  Continue(std::move(cursor), std::move(request));
}

void LogHistory::Open(Request request) {
  const std::vector<journal::Place> places = journal_->Places();
  const auto after = std::partition_point(
      places.begin(), places.end(),
      [&request](const journal::Place& place) { return place.sequence < request.from; });
  // None before it: the read of a place that is not held says so.
  const Index at = after == places.begin() ? Index(0) : std::prev(after)->index;
  journal_->ReadSummary(
      at, [this, request = std::move(request)](absl::StatusOr<std::string> summary) mutable {
        proto::Snapshot snapshot;
        if (summary.ok() && !snapshot.ParseFromString(*summary)) {
          summary = absl::DataLossError("the summary of a checkpoint is none of Peal's");
        }
        if (!summary.ok()) {
          request.done(summary.status());
          return;
        }
        Continue({FromProto(snapshot.position()), Numbering(snapshot)}, std::move(request));
      });
}

void LogHistory::Continue(Cursor cursor, Request request) {
  const Index next = cursor.position.index.Next();
  const size_t bytes_max = request.bytes_max;
  journal_->Read(next, bytes_max,
                 [this, cursor = std::move(cursor), request = std::move(request)](
                     absl::StatusOr<std::vector<journal::Record>> records) mutable {
                   if (!records.ok()) {
                     request.done(records.status());
                     return;
                   }
                   Take(std::move(cursor), std::move(request), *records);
                 });
}

void LogHistory::Take(Cursor cursor, Request request, const std::vector<journal::Record>& records) {
  absl::StatusOr<std::vector<Entry>> entries = EntriesAfter(cursor.position, records);
  if (!entries.ok()) {
    request.done(entries.status());
    return;
  }
  std::vector<Release> releases;
  for (size_t i = 0; i < entries->size() && (*entries)[i].index <= request.committed; ++i) {
    absl::StatusOr<proto::Unnumbered> unnumbered = UnnumberedOf(records[i]);
    if (!unnumbered.ok()) {
      request.done(unnumbered.status());
      return;
    }
    cursor.position = (*entries)[i].position();
    Release release = cursor.numbering.Take(
        std::move((*entries)[i]),
        [&unnumbered](size_t place, const BatchEvent& event, Sequence next) {
          const auto& places = unnumbered->places();
          const bool without =
              event.event.empty() ||
              std::binary_search(places.begin(), places.end(), static_cast<uint32_t>(place));
          return without ? EventResult{} : EventResult{next, EventOutcome::kNumbered};
        });
    if (cursor.numbering.last() >= request.from) {
      releases.push_back(std::move(release));
    }
  }
  if (releases.empty() && cursor.position.index < request.committed) {
    Continue(std::move(cursor), std::move(request));
    return;
  }
  Remember(std::move(cursor));
  request.done(std::move(releases));
}

void LogHistory::Remember(Cursor cursor) {
  cursors_.push_back(std::move(cursor));
  if (cursors_.size() > kCursorsMax) {
    cursors_.pop_front();
  }
}

}  // namespace peal::ordering
