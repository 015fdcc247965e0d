// A local log on a disk in memory, which works by itself as its loop turns.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/base/check.h"
#include "core/io/loop.h"
#include "core/io/worker.h"
#include "core/journal/open_journal.h"
#include "core/server/local_history.h"
#include "core/server/local_log.h"
#include "tests/support/fault_files.h"

namespace peal::testing_support {

// Works in a turn of the loop.
class PostingWorker : public io::Worker {
 public:
  explicit PostingWorker(io::Loop* loop) : loop_(loop) {}
  void Submit(std::function<void()> work, std::function<void()> done) override {
    loop_->Post([work = std::move(work), done = std::move(done)] {
      work();
      if (done) {
        done();
      }
    });
  }

 private:
  io::Loop* const loop_;
};

class LocalDisk {
  const journal::JournalOptions options_;
  io::Loop* const loop_;
  PostingWorker worker_;  // The journal works with it to its end.

 public:
  explicit LocalDisk(io::Loop* loop, const journal::JournalOptions& options = {})
      : options_(options), loop_(loop), worker_(loop) {
    Open();
  }

  // As a start of the daemon does it. What was there must be whole.
  void Open() {
    absl::StatusOr<journal::OpenedJournal> opened =
        journal::OpenJournal({loop_, &files, &worker_, &worker_}, std::string(16, 'l'), options_);
    PEAL_CHECK(opened.ok());
    const absl::StatusOr<server::LocalPlace> last = server::LastPlaceOf(opened->recovered);
    PEAL_CHECK(last.ok());
    journal = std::move(opened->journal);
    log.emplace(
        server::LocalLogPorts{loop_, journal.get(), journal.get(), [this] { return now_us; }},
        *last);
    history.emplace(loop_, journal.get(), &*log);
  }
  // The process ends where it stands; Open() is next.
  void Kill() {
    files.KillProcess();
    history.reset();
    log.reset();
    journal.reset();
  }

  FaultFiles files;
  int64_t now_us = 0;
  std::unique_ptr<journal::SegmentedJournal> journal;
  std::optional<server::LocalLog> log;
  std::optional<server::LocalHistory> history;
};

}  // namespace peal::testing_support
