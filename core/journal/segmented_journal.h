// The journal in segment files: a folder of files to which records are only ever appended.
//
// A segment begins with a checkpoint and carries over what follows it, so that it stands for
// itself: a restart reads the newest one only, and a truncation never reaches into another. The
// ones before it are history, and go when there is too much of it.
//
// The owner's thread encodes into memory; one worker writes and syncs, one batch at a time
// (SegmentWriter); another reads, and mends (SegmentReader, SegmentMender). Neither shares state
// with the owner: what crosses is a message. docs/journal_format.md has the bytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/io/loop.h"
#include "core/io/worker.h"
#include "core/journal/journal.h"
#include "core/journal/record_format.h"
#include "core/journal/segment_mender.h"
#include "core/journal/segment_reader.h"
#include "core/journal/segment_writer.h"
#include "core/journal/upkeep.h"

namespace peal::journal {

struct JournalOptions {
  // A segment that has grown by so much wants a checkpoint.
  uint64_t segment_bytes = uint64_t{64} << 20;
  // Records kept in memory for readers; those that may still be dropped are kept beside.
  size_t cache_bytes = size_t{8} << 20;
  // The oldest segments go when there is more than this, or when what they hold is older than this
  // by the checkpoints' times; never the newest two.
  uint64_t retain_bytes = uint64_t{1} << 30;
  std::chrono::microseconds retain_age = std::chrono::hours(30 * 24);
  // A segment with events that somebody has not read (Upkeep::KeepAfter) stays until there is more
  // than this.
  uint64_t retain_unread_bytes = uint64_t{4} << 30;
  // So many calls of Scrub() do nothing once one has come round to the end.
  uint64_t scrub_rest = 100'000;
};

// What the journal works with. All of it outlives the journal; the workers' destruction, which ends
// their work, comes next after the journal's.
struct JournalPorts {
  io::Loop* loop = nullptr;
  io::FileOps* files = nullptr;
  io::Worker* writing = nullptr;
  io::Worker* reading = nullptr;
};

// What opening found, for the journal to go on from.
struct Opening {
  // As Recovered, with the notes.
  Recovered recovered;
  struct Segment {
    SegmentNumber number;
    Place place;
    uint64_t bytes = 0;
    // Of the checkpoint it begins with. Kept here, since a damaged file is made anew with them.
    base::Digest chain{};
    std::string summary;
    std::string damage;  // What is wrong with it; empty: nothing that is known.
  };
  std::vector<Segment> segments;  // The oldest first; the last is the one to append to.
  Index noted;
  std::unique_ptr<SegmentWriter> writer;
};

// Thread-safety and errors: core/journal/journal.h.
class SegmentedJournal : public Journal, public Upkeep {
 public:
  SegmentedJournal(const JournalPorts& ports, const JournalOptions& options, Opening opening);
  // Writes what waits and that the end was orderly, without waiting for it.
  ~SegmentedJournal() override;
  SegmentedJournal(const SegmentedJournal&) = delete;
  SegmentedJournal& operator=(const SegmentedJournal&) = delete;

  const std::string& id() const override { return id_; }
  void Append(Record record) override;
  void TruncateAfter(Index index) override;
  void StorePromise(Epoch promised) override;
  void SetMarks(const Marks& marks) override;
  void AddNote(Index index, std::string note) override;
  bool WantsCheckpoint() const override;
  void AddCheckpoint(Checkpoint checkpoint) override;
  void Sync(std::function<void(absl::Status)> done) override;
  Index first() const override;
  Index last() const override { return last_; }
  void Read(Index from, size_t bytes_max, ReadCallback done) override;
  std::vector<Place> Places() const override;
  void ReadSummary(Index index, SummaryCallback done) override;

  // Upkeep (journal_upkeep.cc).
  void Scrub() override;
  std::optional<Damage> damage() const override;
  void Mend(std::vector<Record> records, std::function<void(absl::Status)> done) override;
  void KeepAfter(std::optional<Sequence> sequence) override { keep_after_ = sequence; }
  std::optional<Sequence> endangered() const override;

 private:
  // What may wait for room on a full disk; beyond it the journal fails for good, as the owner goes
  // on taking in what the other nodes order.
  static constexpr size_t kWaitingBytesMax = size_t{64} << 20;
  // What Scrub() reads at once, but for the last record.
  static constexpr size_t kScrubBytes = size_t{256} << 10;
  // Reads from files that are under way; beyond it a read is refused as Unavailable.
  static constexpr size_t kReadsMax = 64;

  using Segment = Opening::Segment;

  // What a sync covers.
  struct Batch {
    std::vector<Chunk> chunks;
    Head head;
    absl::Status status;
  };

  // Appends one record to what waits to be written.
  void Put(RecordType type, std::initializer_list<std::string_view> body);
  void PutEntry(const Record& record);
  void PutMarks();
  void BeginSegment(const Checkpoint& checkpoint, bool stands_alone);
  void DropCacheAfter(Index index);
  void TrimCache();
  std::vector<Chunk> TakeChunks();
  void OnWritten(Batch* batch);
  size_t WaitingBytes() const;
  void RemoveOldSegments();
  bool MayRemoveOldest() const;
  bool HasUnread(const Segment& next) const;
  uint64_t HeldBytes() const;
  std::vector<Record> ReadCache(Index from, size_t bytes_max) const;
  ReadableSegment Readable(size_t at) const;
  size_t SegmentOf(Index index) const;
  ReadOrder OrderFor(Index from, size_t bytes_max) const;
  Segment* Find(SegmentNumber number);
  void FoundDamage(SegmentNumber number, const absl::Status& status);
  void OnScrubbed(const ReadableSegment& segment, const absl::StatusOr<Checked>& checked);
  size_t DamagedSegment() const;
  absl::Status OnMended(SegmentNumber number, const absl::StatusOr<uint64_t>& bytes);
  Head HeadNow() const;
  bool CountRead();

  const JournalPorts ports_;
  const JournalOptions options_;
  const std::string id_;
  // Shared with the work that is under way on the worker, which may end after the journal.
  const std::shared_ptr<SegmentWriter> writer_;
  const std::shared_ptr<SegmentReader> reader_;
  // False when the journal is gone: what then comes back from a worker finds nobody.
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

  Epoch promised_;
  Epoch log_epoch_;
  Marks marks_;
  bool marks_changed_ = false;
  Index noted_;
  Index last_;
  // The newest records, dense up to `last_`. At least all that are not known to be committed, which
  // may be truncated or carried over, or not known to be durable, which no file can give.
  std::deque<Record> cache_;
  size_t cache_bytes_ = 0;
  Index durable_;  // Read from the newest segment's file, it would be there.
  Index syncing_;  // What durable_ becomes with the sync that is under way.

  std::vector<Segment> segments_;  // The last one's `bytes` grow with what is put.
  uint32_t salt_ = 0;              // The last one's.
  uint64_t synced_through_ = 0;    // The last one's.
  uint64_t begun_bytes_ = 0;       // What the last one began with.
  SegmentNumber durable_segment_;  // The newest that a file has.
  SegmentNumber connected_from_;   // Older ones do not lead up to the newest.
  std::optional<Sequence> keep_after_;

  std::vector<Chunk> chunks_;  // What waits, oldest first; the caller's windows bound it.
  bool sync_under_way_ = false;
  absl::Status failed_;
  size_t reads_ = 0;

  // Where Scrub() goes on.
  SegmentNumber scrubbing_;
  Checked checked_;
  uint64_t scrub_rest_ = 0;
  bool scrub_under_way_ = false;
  // The segment that is being mended, and how far it is.
  const std::shared_ptr<SegmentMender> mender_;
  SegmentNumber mending_;
  Index mended_;
  base::Digest mended_chain_{};
};

}  // namespace peal::journal
