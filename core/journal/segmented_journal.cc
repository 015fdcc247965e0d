#include "core/journal/segmented_journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace peal::journal {

SegmentedJournal::SegmentedJournal(const JournalPorts& ports, const JournalOptions& options,
                                   Opening opening)
    : ports_(ports),
      options_(options),
      id_(opening.recovered.id),
      writer_(std::move(opening.writer)),
      reader_(std::make_shared<SegmentReader>(ports.files, id_)),
      promised_(opening.recovered.promised),
      log_epoch_(opening.recovered.log_epoch),
      marks_(opening.recovered.marks),
      noted_(opening.noted),
      last_(opening.recovered.checkpoint.index),
      segments_(std::move(opening.segments)),
      mender_(std::make_shared<SegmentMender>(ports.files)) {
  PEAL_CHECK(!segments_.empty());
  const Segment& newest = segments_.back();
  PEAL_CHECK(newest.place.index == last_);
  salt_ = SaltOf(id_, newest.number);
  synced_through_ = newest.bytes;
  durable_segment_ = newest.number;
  connected_from_ = segments_.front().number;
  for (Record& record : opening.recovered.records) {
    PEAL_CHECK(record.index == last_.Next());
    last_ = record.index;
    cache_bytes_ += CostBytes(record);
    cache_.push_back(std::move(record));
  }
  durable_ = last_;
  TrimCache();
}

SegmentedJournal::~SegmentedJournal() {
  *alive_ = false;
  if (!failed_.ok()) {
    return;
  }
  if (marks_changed_) {
    PutMarks();
  }
  Put(RecordType::kEnd, {});
  const auto batch = std::make_shared<Batch>(Batch{.chunks = TakeChunks(), .head = HeadNow()});
  // The loop may be over, so there is nobody to tell: without its end the journal is as good.
  ports_.writing->Submit(
      [writer = writer_, batch] { writer->WriteLast(&batch->chunks, batch->head); }, nullptr);
}

void SegmentedJournal::Put(RecordType type, std::initializer_list<std::string_view> body) {
  Segment& segment = segments_.back();
  if (chunks_.empty() || chunks_.back().segment != segment.number) {
    chunks_.push_back({.segment = segment.number, .offset = segment.bytes, .bytes = {}});
  }
  Chunk& chunk = chunks_.back();
  PEAL_CHECK(chunk.offset + chunk.bytes.size() == segment.bytes);
  const uint32_t salt = type == RecordType::kStart ? kStartSalt : salt_;
  AppendRecord({.salt = salt, .offset = segment.bytes, .synced_through = synced_through_}, type,
               body, &chunk.bytes);
  segment.bytes = chunk.offset + chunk.bytes.size();
}

void SegmentedJournal::PutEntry(const Record& record) {
  Put(RecordType::kEntry, {EncodeEntryHead(record), *record.payload});
}

void SegmentedJournal::PutMarks() {
  Put(RecordType::kMarks, {EncodeMarks(marks_)});
  marks_changed_ = false;
}

void SegmentedJournal::Append(Record record) {
  PEAL_CHECK(record.index == last_.Next());
  PEAL_CHECK(record.payload != nullptr);
  PEAL_CHECK(record.note.empty());
  last_ = record.index;
  if (record.opens_epoch) {
    log_epoch_ = std::max(log_epoch_, record.epoch);
    promised_ = std::max(promised_, record.epoch);
  }
  PutEntry(record);
  cache_bytes_ += CostBytes(record);
  cache_.push_back(std::move(record));
}

void SegmentedJournal::TruncateAfter(Index index) {
  PEAL_CHECK(index <= last_);
  PEAL_CHECK(index >= marks_.committed);
  PEAL_CHECK(index >= segments_.back().place.index);
  Put(RecordType::kTruncate, {EncodeNumber(index.value())});
  DropCacheAfter(index);
  last_ = index;
  // What comes there next has been confirmed by nobody, nor is it in the file.
  marks_.confirmed = std::min(marks_.confirmed, index);
  durable_ = std::min(durable_, index);
  syncing_ = std::min(syncing_, index);
}

void SegmentedJournal::DropCacheAfter(Index index) {
  while (!cache_.empty() && cache_.back().index > index) {
    cache_bytes_ -= CostBytes(cache_.back());
    cache_.pop_back();
  }
}

void SegmentedJournal::StorePromise(Epoch promised) {
  PEAL_CHECK(promised >= promised_);
  promised_ = promised;
  Put(RecordType::kPromise, {EncodeNumber(promised.value())});
}

void SegmentedJournal::SetMarks(const Marks& marks) {
  PEAL_CHECK(marks.committed >= marks_.committed);
  PEAL_CHECK(marks.committed <= last_);
  if (marks == marks_) {
    return;
  }
  marks_ = marks;
  marks_changed_ = true;
}

void SegmentedJournal::AddNote(Index index, std::string note) {
  PEAL_CHECK(index <= last_);
  // After a restart the owner does not know which of them were kept.
  if (index <= noted_) {
    return;
  }
  noted_ = index;
  marks_.committed = std::max(marks_.committed, index);
  marks_.confirmed = std::max(marks_.confirmed, index);
  Put(RecordType::kNote, {EncodeNumber(index.value()), note});
  if (!cache_.empty() && index >= cache_.front().index) {
    Record& record = cache_[index.value() - cache_.front().index.value()];
    PEAL_CHECK(record.index == index);
    record.note = std::move(note);
    cache_bytes_ += record.note.size();
  }
}

bool SegmentedJournal::WantsCheckpoint() const {
  // A damaged file can be made anew when it is not written any more.
  const bool wanted = segments_.back().bytes - begun_bytes_ > options_.segment_bytes ||
                      !segments_.back().damage.empty();
  return wanted && marks_.committed > segments_.back().place.index;
}

void SegmentedJournal::AddCheckpoint(Checkpoint checkpoint) {
  PEAL_CHECK(checkpoint.index >= segments_.back().place.index);
  PEAL_CHECK(checkpoint.index >= marks_.committed);
  // The log was taken over from elsewhere: nothing that is here leads up to it.
  const bool stands_alone = checkpoint.index > last_;
  if (stands_alone) {
    DropCacheAfter(Index(0));
    last_ = checkpoint.index;
  }
  marks_.committed = checkpoint.index;
  marks_.confirmed = std::max(marks_.confirmed, checkpoint.index);
  BeginSegment(checkpoint, stands_alone);
  if (stands_alone) {
    connected_from_ = segments_.back().number;
  }
  // What follows the checkpoint is in no file that it would be read from.
  durable_ = std::min(durable_, checkpoint.index);
  syncing_ = std::min(syncing_, checkpoint.index);
  TrimCache();
}

void SegmentedJournal::BeginSegment(const Checkpoint& checkpoint, bool stands_alone) {
  const Place place = {checkpoint.index, checkpoint.sequence, checkpoint.time_us};
  const SegmentNumber number = segments_.back().number.Next();
  const Index noted = noted_;
  segments_.push_back({.number = number,
                       .place = place,
                       .bytes = 0,
                       .chain = checkpoint.chain,
                       .summary = checkpoint.summary,
                       .damage = {}});
  salt_ = SaltOf(id_, number);
  synced_through_ = 0;
  Put(RecordType::kStart, {EncodeStart({.journal_id = id_,
                                        .number = number,
                                        .stands_alone = stands_alone,
                                        .promised = promised_,
                                        .log_epoch = log_epoch_,
                                        .marks = marks_,
                                        .noted = noted,
                                        .place = place,
                                        .chain = checkpoint.chain})});
  Put(RecordType::kSummary, {checkpoint.summary});
  Put(RecordType::kState, {checkpoint.state});
  Index next = checkpoint.index.Next();
  for (const Record& record : cache_) {
    if (record.index < next) {
      PEAL_CHECK(record.index != checkpoint.index || record.chain == checkpoint.chain);
      continue;
    }
    PEAL_CHECK(record.index == next);
    next = next.Next();
    PutEntry(record);
    if (!record.note.empty()) {
      Put(RecordType::kNote, {EncodeNumber(record.index.value()), record.note});
    }
  }
  PEAL_CHECK(next == last_.Next());
  marks_changed_ = false;
  begun_bytes_ = segments_.back().bytes;
}

std::vector<Chunk> SegmentedJournal::TakeChunks() {
  std::vector<Chunk> chunks;
  chunks.swap(chunks_);
  return chunks;
}

Head SegmentedJournal::HeadNow() const {
  return {.journal_id = id_,
          .segment = segments_.back().number,
          .offset = segments_.back().bytes,
          .index = last_,
          .chain = cache_.empty() ? segments_.back().chain : cache_.back().chain};
}

void SegmentedJournal::Sync(std::function<void(absl::Status)> done) {
  PEAL_CHECK(!sync_under_way_);
  if (failed_.ok() && marks_changed_) {
    PutMarks();
  }
  if (!failed_.ok() || chunks_.empty()) {
    ports_.loop->Post([done = std::move(done), status = failed_] { done(status); });
    return;
  }
  sync_under_way_ = true;
  syncing_ = last_;
  const auto batch = std::make_shared<Batch>(Batch{.chunks = TakeChunks(), .head = HeadNow()});
  ports_.writing->Submit(
      [writer = writer_, batch] { batch->status = writer->Write(&batch->chunks, batch->head); },
      [this, alive = alive_, batch, done = std::move(done)] {
        if (*alive) {
          OnWritten(batch.get());
          done(batch->status);
        }
      });
}

void SegmentedJournal::OnWritten(Batch* batch) {
  PEAL_CHECK(sync_under_way_);
  sync_under_way_ = false;
  if (absl::IsResourceExhausted(batch->status)) {
    // What is left comes before what was put since.
    chunks_.insert(chunks_.begin(), std::make_move_iterator(batch->chunks.begin()),
                   std::make_move_iterator(batch->chunks.end()));
    if (WaitingBytes() > kWaitingBytesMax) {
      failed_ = absl::UnavailableError(
          fmt::format("{}; too much waits for room", std::string(batch->status.message())));
      batch->status = failed_;
    }
    return;
  }
  if (!batch->status.ok()) {
    failed_ = batch->status;
    return;
  }
  PEAL_CHECK(batch->chunks.empty());
  durable_ = syncing_;
  if (batch->head.segment == segments_.back().number) {
    synced_through_ = batch->head.offset;
  }
  if (batch->head.segment != durable_segment_) {
    durable_segment_ = batch->head.segment;
    RemoveOldSegments();
  }
  TrimCache();
}

size_t SegmentedJournal::WaitingBytes() const {
  size_t bytes = 0;
  for (const Chunk& chunk : chunks_) {
    bytes += chunk.bytes.size();
  }
  return bytes;
}

void SegmentedJournal::TrimCache() {
  // The last committed one stays: its chain is that of the log when all that follows is dropped.
  const Index removable = std::min(durable_, marks_.committed);
  while (cache_bytes_ > options_.cache_bytes && !cache_.empty() &&
         cache_.front().index < removable) {
    cache_bytes_ -= CostBytes(cache_.front());
    cache_.pop_front();
  }
}

bool SegmentedJournal::MayRemoveOldest() const {
  if (segments_.size() <= 2 || segments_[2].number > durable_segment_) {
    return false;
  }
  if (segments_.front().number < connected_from_ && connected_from_ <= durable_segment_) {
    return true;
  }
  const uint64_t bytes = HeldBytes();
  const int64_t age_us = segments_.back().place.time_us - segments_[1].place.time_us;
  return (bytes > options_.retain_bytes || age_us > options_.retain_age.count()) &&
         (bytes > options_.retain_unread_bytes || !HasUnread(segments_[1]));
}

// Whether the segment before this one has.
bool SegmentedJournal::HasUnread(const Segment& next) const {
  return keep_after_ && next.place.sequence > *keep_after_;
}

uint64_t SegmentedJournal::HeldBytes() const {
  uint64_t bytes = 0;
  for (const Segment& segment : segments_) {
    bytes += segment.bytes;
  }
  return bytes;
}

std::optional<Sequence> SegmentedJournal::endangered() const {
  const bool near = HeldBytes() > options_.retain_unread_bytes / 4 * 3;
  if (!near || segments_.size() <= 2 || !HasUnread(segments_[1])) {
    return std::nullopt;
  }
  return segments_[1].place.sequence;
}

void SegmentedJournal::RemoveOldSegments() {
  std::vector<SegmentNumber> removed;
  while (MayRemoveOldest()) {
    removed.push_back(segments_.front().number);
    segments_.erase(segments_.begin());
  }
  if (!removed.empty()) {
    ports_.writing->Submit([writer = writer_, removed] { writer->Remove(removed); }, nullptr);
  }
}

Index SegmentedJournal::first() const {
  // Of the segments that lead up to the newest.
  for (const Segment& segment : segments_) {
    if (segment.number >= connected_from_) {
      return segment.place.index < last_ ? segment.place.index.Next() : Index(0);
    }
  }
  return Index(0);
}

std::vector<Record> SegmentedJournal::ReadCache(Index from, size_t bytes_max) const {
  std::vector<Record> records;
  size_t bytes = 0;
  for (size_t i = from.value() - cache_.front().index.value();
       i < cache_.size() && (bytes == 0 || bytes < bytes_max); ++i) {
    bytes += CostBytes(cache_[i]);
    records.push_back(cache_[i]);
  }
  return records;
}

ReadableSegment SegmentedJournal::Readable(size_t at) const {
  const Segment& segment = segments_[at];
  return {segment.number, at + 1 == segments_.size() ? synced_through_ : segment.bytes};
}

size_t SegmentedJournal::SegmentOf(Index index) const {
  const auto after = std::lower_bound(
      segments_.begin(), segments_.end(), index,
      [](const Segment& segment, Index wanted) { return segment.place.index < wanted; });
  PEAL_CHECK(after != segments_.begin());
  return static_cast<size_t>(after - segments_.begin()) - 1;
}

ReadOrder SegmentedJournal::OrderFor(Index from, size_t bytes_max) const {
  const size_t at = SegmentOf(from);
  ReadOrder order{.segment = Readable(at), .from = from, .bytes_max = bytes_max};
  // Not in the cache, hence committed; up to the next checkpoint.
  order.upto = cache_.empty() ? last_ : Index(cache_.front().index.value() - 1);
  if (at + 1 < segments_.size()) {
    order.upto = std::min(order.upto, segments_[at + 1].place.index);
    if (segments_[at + 1].number <= durable_segment_) {
      order.next = Readable(at + 1);
    }
  }
  return order;
}

bool SegmentedJournal::CountRead() {
  if (reads_ == kReadsMax) {
    return false;
  }
  ++reads_;
  return true;
}

void SegmentedJournal::Read(Index from, size_t bytes_max, ReadCallback done) {
  using Result = absl::StatusOr<std::vector<Record>>;
  const auto result = std::make_shared<Result>(absl::NotFoundError("it is not held"));
  const bool held = first() != Index(0) && from >= first() && from <= last_;
  const bool cached = held && !cache_.empty() && from >= cache_.front().index;
  if (cached) {
    *result = ReadCache(from, bytes_max);
  } else if (held && !segments_[SegmentOf(from)].damage.empty()) {
    *result = absl::DataLossError(segments_[SegmentOf(from)].damage);
  } else if (held && !CountRead()) {
    *result = absl::UnavailableError("too many reads are under way");
  } else if (held) {
    const ReadOrder order = OrderFor(from, bytes_max);
    ports_.reading->Submit(
        [reader = reader_, order, result] { *result = reader->Read(order); },
        [this, alive = alive_, number = order.segment.number, result, done = std::move(done)] {
          if (*alive) {
            --reads_;
            FoundDamage(number, result->status());
            done(std::move(*result));
          }
        });
    return;
  }
  ports_.loop->Post([result, done = std::move(done)] { done(std::move(*result)); });
}

std::vector<Place> SegmentedJournal::Places() const {
  std::vector<Place> places;
  for (const Segment& segment : segments_) {
    if (segment.number >= connected_from_) {
      places.push_back(segment.place);
    }
  }
  return places;
}

void SegmentedJournal::ReadSummary(Index index, SummaryCallback done) {
  using Result = absl::StatusOr<std::string>;
  const auto result = std::make_shared<Result>(absl::NotFoundError("there is no checkpoint"));
  // Of several at one index the newest counts.
  const auto found =
      std::find_if(segments_.rbegin(), segments_.rend(),
                   [index](const Segment& segment) { return segment.place.index == index; });
  if (found != segments_.rend() && found->number >= connected_from_) {
    *result = found->summary;
  }
  ports_.loop->Post([result, done = std::move(done)] { done(std::move(*result)); });
}

}  // namespace peal::journal
