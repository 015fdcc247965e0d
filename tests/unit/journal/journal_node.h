// A journal on a disk that a test holds in its hands, with what the test expects to be in it.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/journal/open_journal.h"
#include "tests/support/fault_files.h"
#include "tests/support/manual_loop.h"

namespace peal::journal {

inline std::string IdOf(char letter) {
  return std::string(16, letter);
}

// Unlike any other of the same `count`.
inline base::Digest ChainOf(uint64_t count) {
  base::Digest chain{};
  std::memcpy(chain.data(), &count, sizeof count);
  return chain;
}

class JournalNode {
 public:
  explicit JournalNode(uint64_t seed = 1) : files(seed) {
    options.segment_bytes = 4000;
    options.cache_bytes = 2000;
    options.retain_bytes = 1 << 20;
  }

  // Opens it; the error, or Ok.
  absl::Status Open(char letter = 'a') {
    absl::StatusOr<OpenedJournal> opened =
        OpenJournal({&loop, &files, &writing, &reading}, IdOf(letter), options);
    if (!opened.ok()) {
      return opened.status();
    }
    journal = std::move(opened->journal);
    recovered = std::move(opened->recovered);
    created = opened->created;
    return absl::OkStatus();
  }

  // The process dies; what was on its way to the disk stays there, or not at all.
  void Kill() {
    files.KillProcess();
    Drop();
  }
  void LosePower() {
    files.LosePower();
    Drop();
  }
  // It ends in order.
  void Close() {
    journal.reset();
    writing.WorkAll();
    Drop();
  }

  Record Append(size_t payload_bytes = 20, bool opens_epoch = false, uint64_t epoch = 1) {
    const uint64_t count = ++appended;
    std::string payload = fmt::format("entry {}", count);
    payload.resize(payload_bytes, '.');
    Record record{.index = journal->last().Next(),
                  .epoch = Epoch(epoch),
                  .kind = 2,
                  .opens_epoch = opens_epoch,
                  .chain = ChainOf(count),
                  .payload = std::make_shared<const std::string>(std::move(payload))};
    journal->Append(record);
    return record;
  }
  void AppendMany(int count, size_t payload_bytes = 20) {
    for (int i = 0; i < count; ++i) {
      Append(payload_bytes);
    }
  }

  void Turn() {
    while (!writing.idle() || !reading.idle()) {
      writing.WorkAll();
      reading.WorkAll();
      loop.Run();
    }
    loop.Run();
  }
  absl::Status Sync() {
    absl::Status result = absl::UnknownError("never called back");
    journal->Sync([&result](const absl::Status& status) { result = status; });
    Turn();
    return result;
  }
  // At an entry that is in the log, or at its beginning.
  void Checkpoint(uint64_t index, const base::Digest& chain, int64_t time_us = 0) {
    journal->AddCheckpoint({.index = Index(index),
                            .chain = chain,
                            .sequence = Sequence(index * 10),
                            .time_us = time_us,
                            .summary = fmt::format("summary {}", index),
                            .state = fmt::format("state {}", index)});
  }

  absl::StatusOr<std::vector<Record>> Read(uint64_t from, size_t bytes_max = 1) {
    absl::StatusOr<std::vector<Record>> result = absl::UnknownError("never called back");
    journal->Read(Index(from), bytes_max,
                  [&result](absl::StatusOr<std::vector<Record>> got) { result = std::move(got); });
    Turn();
    return result;
  }
  absl::StatusOr<std::string> Summary(uint64_t index) {
    absl::StatusOr<std::string> result = absl::UnknownError("never called back");
    journal->ReadSummary(Index(index),
                         [&result](absl::StatusOr<std::string> got) { result = std::move(got); });
    Turn();
    return result;
  }

  std::vector<std::string> Segments() {
    std::vector<std::string> names = *files.List();
    std::erase_if(names, [](const std::string& name) { return !name.starts_with("segment-"); });
    return names;
  }
  std::string NewestSegment() { return Segments().back(); }

  testing_support::FaultFiles files;
  testing_support::ManualLoop loop;
  testing_support::ManualWorker writing{&loop};
  testing_support::ManualWorker reading{&loop};
  JournalOptions options;
  std::unique_ptr<SegmentedJournal> journal;
  Recovered recovered;
  bool created = false;
  uint64_t appended = 0;

 private:
  void Drop() {
    writing.Forget();
    reading.Forget();
    journal.reset();
    writing.Forget();
    loop.Run();
  }
};

// The payloads' beginnings: what Append() has written.
inline std::string TextOf(const Record& record) {
  return record.payload->substr(0, record.payload->find('.'));
}

}  // namespace peal::journal
