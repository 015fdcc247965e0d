#include "core/journal/record_stream.h"

#include <algorithm>

#include "core/base/check.h"
#include "core/base/status_macros.h"

namespace peal::journal {

absl::StatusOr<std::string_view> RecordStream::Window(size_t bytes) {
  PEAL_CHECK(offset_ <= end_);
  const uint64_t wanted = std::min<uint64_t>(bytes, end_ - offset_);
  if (offset_ < buffer_from_ || offset_ + wanted > buffer_from_ + buffer_.size()) {
    const size_t piece =
        static_cast<size_t>(std::min(std::max<uint64_t>(wanted, kPieceBytes), end_ - offset_));
    PEAL_ASSIGN_OR_RETURN(buffer_, file_->ReadAt(offset_, piece));
    buffer_from_ = offset_;
  }
  return std::string_view(buffer_).substr(offset_ - buffer_from_);
}

absl::StatusOr<std::optional<RecordView>> RecordStream::Next() {
  PEAL_ASSIGN_OR_RETURN(std::string_view window, Window(kRecordHeaderBytes));
  const std::optional<size_t> bytes = PeekRecordBytes(window);
  if (!bytes || *bytes > end_ - offset_) {
    return std::nullopt;
  }
  PEAL_ASSIGN_OR_RETURN(window, Window(*bytes));
  const std::optional<RecordView> record = ParseRecord(window, salt_, offset_);
  if (record) {
    PEAL_CHECK(record->end <= end_);
    offset_ = record->end;
  }
  return record;
}

}  // namespace peal::journal
