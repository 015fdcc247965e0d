// Keeps the node's local events in a journal of their own. An event is shown at once; here it is
// made durable, and who asked for that hears of it.
//
//   state     an event that comes                             until
//   kGood     goes into the journal                           a sync fails
//   kNoRoom   is not kept: its number stays without a record  a sync that is tried again succeeds
//   kFailed   the same                                        the daemon is started again
//
// One sync is under way; what comes meanwhile goes with the next. LocalHistory reads what is kept.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "core/io/deferred.h"
#include "core/io/loop.h"
#include "core/journal/journal.h"
#include "core/journal/upkeep.h"
#include "core/server/local_event.h"

namespace peal::server {

struct LocalLogPorts {
  io::Loop* loop = nullptr;
  journal::Journal* journal = nullptr;
  const journal::Upkeep* upkeep = nullptr;  // Of the journal.
  std::function<int64_t()> now_us;          // UTC.
};

// Loop thread only. What the constructor is given outlives it. Once it is destroyed nobody is
// called back any more.
class LocalLog {
 public:
  // What is not durable yet. Beyond it Admit() refuses, and what comes all the same is not kept.
  static constexpr size_t kUnsyncedBytesMax = size_t{32} << 20;
  // How often a full disk is tried again.
  static constexpr std::chrono::milliseconds kRetry{1000};

  // Goes on after `last`: LastPlaceOf() of what the journal had recovered.
  LocalLog(const LocalLogPorts& ports, const LocalPlace& last);
  ~LocalLog();
  LocalLog(const LocalLog&) = delete;
  LocalLog& operator=(const LocalLog&) = delete;

  // Whether another event is to be shown now. ResourceExhausted: the disk does not keep up.
  absl::Status Admit() const;

  // The next event that is shown: numbered after the last one. Calls `done`, if there is one, later
  // and once. Ok: it is durable. Unavailable: it is not kept, or not known to be.
  using Callback = std::function<void(const absl::Status&)>;
  void Append(LocalEvent event, Callback done);

  // Names the log: the first 8 bytes of its journal's id.
  uint64_t id() const;
  // Of the last event that was shown.
  LocalNumber shown() const { return shown_; }
  // Up to this one they are durable, as far as they are kept at all.
  LocalNumber durable() const { return durable_; }
  // The last event that the journal has, durable or on its way there.
  const LocalPlace& kept() const { return kept_; }
  // So many of the events up to the last kept one have no record.
  uint64_t unkept_count() const { return kept_.number.value() - journal_->last().value(); }
  // What is wrong; empty: nothing that is known.
  std::string Problem() const;

 private:
  enum class State : uint8_t { kGood, kNoRoom, kFailed };

  bool Keeps() const;
  void Sync();
  void StartSync();
  void OnSynced(const absl::Status& status);
  void OnRoom();
  void OnError(const absl::Status& status);
  absl::Status NotKept() const;

  io::Loop* const loop_;
  journal::Journal* const journal_;
  const journal::Upkeep* const upkeep_;
  const std::function<int64_t()> now_us_;
  // False when the log is gone: what the journal then says finds nobody.
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

  LocalPlace kept_;
  LocalNumber shown_;
  LocalNumber durable_;
  LocalNumber syncing_to_;  // What the sync that is under way makes durable.
  State state_ = State::kGood;
  std::string reason_;  // Why the state is not good.

  // Who waits for a sync. The first `syncing_count_` wait for the one that is under way.
  std::deque<Callback> waiting_;
  size_t syncing_count_ = 0;
  size_t unsynced_bytes_ = 0;
  size_t syncing_bytes_ = 0;
  bool syncing_ = false;
  io::Deferred sync_;
  std::unique_ptr<io::Registration> retry_;
};

}  // namespace peal::server
