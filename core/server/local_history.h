// The local events that the node keeps, read back from their journal.
//
// A record's index is not its event's number where events were not kept: then it is looked for by
// halving, as numbers only grow from record to record.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/ids.h"
#include "core/journal/journal.h"
#include "core/server/local_event.h"
#include "core/server/local_log.h"

namespace peal::server {

// What a read gives.
struct LocalChunk {
  std::vector<LocalEvent> events;  // In their order.
  // Of the events up to this one, from where the read began, the others are not held.
  LocalNumber through;
  // Those before the first of `events`, or all, are damaged, as far as they are not held.
  bool damaged = false;
};

// Loop thread only. What the constructor is given outlives it, and it outlives what is asked of it.
class LocalHistory {
 public:
  // Of the journal, at once; others wait. The subscriptions bound those: each asks one at a time.
  static constexpr size_t kReadsMax = 32;

  LocalHistory(io::Loop* loop, journal::Journal* journal, const LocalLog* log);

  // Reads from event `from` on, which has been shown: while they are below about `bytes_max`. Calls
  // `done` later, never from within. `through` is `from` or beyond it.
  using ReadCallback = std::function<void(LocalChunk)>;
  void Read(LocalNumber from, size_t bytes_max, ReadCallback done);

  // The number after the last event that is known to lie before the global event after `global`, or
  // 1. Calls `done` later, never from within.
  using FindCallback = std::function<void(LocalNumber)>;
  void FindAfter(Sequence global, FindCallback done);

 private:
  struct Request {
    LocalNumber from;
    size_t bytes_max = 0;
    ReadCallback done;
    bool damaged = false;
  };
  // For the first index in [low, high] whose event is not `before`; high if there is none.
  struct Search {
    Index low;
    Index high;
    std::function<bool(const LocalPlace&)> before;
    std::function<void(Index)> found;
  };
  using Records = absl::StatusOr<std::vector<journal::Record>>;

  void Begin(std::function<void()> work);
  void End();
  void StartRead(Request request);
  void StartFind(Sequence global, FindCallback done);
  void Continue(Search search);
  void ReadAt(Index index, Request request);
  void TakeRecords(Index index, Request request, const Records& records);
  void SkipDamage(Index index, Request request, const absl::Status& status);
  void ReadNumber(Index index, std::function<void(LocalNumber)> done);
  void Finish(Request request, LocalChunk chunk);

  io::Loop* const loop_;
  journal::Journal* const journal_;
  const LocalLog* const log_;
  size_t under_way_ = 0;
  std::deque<std::function<void()>> waiting_;
  std::string logged_;  // The damage that was logged last.
};

}  // namespace peal::server
