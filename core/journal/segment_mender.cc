#include "core/journal/segment_mender.h"

#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "core/journal/segment_writer.h"

namespace peal::journal {

absl::StatusOr<uint64_t> SegmentMender::Add(const MendOrder& order) {
  if (order.first) {
    PEAL_RETURN_IF_ERROR(Begin(order));
  }
  PEAL_CHECK(file_ != nullptr);
  for (const Record& record : order.records) {
    PEAL_CHECK(record.index == last_.Next());
    PEAL_CHECK(record.index <= order.upto);
    last_ = record.index;
    Put(RecordType::kEntry, {EncodeEntryHead(record), *record.payload});
    if (!record.note.empty()) {
      Put(RecordType::kNote, {EncodeNumber(record.index.value()), record.note});
    }
  }
  absl::StatusOr<uint64_t> bytes = Write(order);
  if (!bytes.ok()) {
    // Room may be lacking: this file is given up. If it stays, the next start removes it.
    file_.reset();
    files_->Remove(UnfinishedName(order.start.number)).IgnoreError();
  }
  return bytes;
}

absl::Status SegmentMender::Begin(const MendOrder& order) {
  const SegmentNumber number = order.start.number;
  file_.reset();
  const absl::Status removed = files_->Remove(UnfinishedName(number));
  if (!absl::IsNotFound(removed)) {
    PEAL_RETURN_IF_ERROR(removed);
  }
  PEAL_ASSIGN_OR_RETURN(file_, files_->Create(UnfinishedName(number)));
  written_ = 0;
  waiting_.clear();
  last_ = order.start.place.index;
  salt_ = SaltOf(order.start.journal_id, number);
  Put(RecordType::kStart, {EncodeStart(order.start)});
  Put(RecordType::kSummary, {order.summary});
  // A restart goes on from the newest segment only, which this is not.
  Put(RecordType::kState, {});
  return absl::OkStatus();
}

void SegmentMender::Put(RecordType type, std::initializer_list<std::string_view> body) {
  const uint32_t salt = type == RecordType::kStart ? kStartSalt : salt_;
  AppendRecord({.salt = salt, .offset = written_ + waiting_.size()}, type, body, &waiting_);
}

absl::StatusOr<uint64_t> SegmentMender::Write(const MendOrder& order) {
  PEAL_RETURN_IF_ERROR(file_->WriteAt(written_, waiting_));
  written_ += waiting_.size();
  waiting_.clear();
  if (last_ < order.upto) {
    return 0;
  }
  const SegmentNumber number = order.start.number;
  PEAL_RETURN_IF_ERROR(file_->Sync());
  file_.reset();
  PEAL_RETURN_IF_ERROR(files_->Rename(UnfinishedName(number), SegmentName(number)));
  PEAL_RETURN_IF_ERROR(files_->SyncFolder());
  return written_;
}

}  // namespace peal::journal
