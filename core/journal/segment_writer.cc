#include "core/journal/segment_writer.h"

#include <fmt/format.h>

#include <utility>

#include "core/base/check.h"
#include "core/base/status_macros.h"

namespace peal::journal {
namespace {

// An error after which nobody knows what is on the disk: also when the reason is a full disk, there
// is no trying again.
absl::Status ForGood(const absl::Status& status) {
  return status.ok() ? status : absl::UnavailableError(status.message());
}

}  // namespace

std::string SegmentName(SegmentNumber number) {
  return fmt::format("segment-{:020}", number.value());
}

std::string UnfinishedName(SegmentNumber number) {
  return SegmentName(number) + ".new";
}

SegmentWriter::SegmentWriter(io::FileOps* files, std::unique_ptr<io::File> file,
                             SegmentNumber number, uint64_t size, std::unique_ptr<HeadFile> head)
    : files_(files),
      file_(std::move(file)),
      number_(number),
      size_(size),
      reserved_(size),
      head_(std::move(head)) {
  PEAL_CHECK(head_ != nullptr);
}

absl::Status SegmentWriter::Write(std::vector<Chunk>* chunks, const Head& head) {
  PEAL_RETURN_IF_ERROR(failed_);
  absl::Status status = WriteAll(chunks);
  if (!status.ok()) {
    if (!absl::IsResourceExhausted(status)) {
      failed_ = status;
    }
    return status;
  }
  PEAL_CHECK(head.segment == number_);
  PEAL_CHECK(head.offset == size_);
  // The head only helps to find damage: without it the journal is as durable as with it.
  head_->Write(head).IgnoreError();
  return absl::OkStatus();
}

void SegmentWriter::WriteLast(std::vector<Chunk>* chunks, const Head& head) {
  PEAL_CHECK(!chunks->empty());
  const Chunk& next = chunks->front();
  if (next.offset == 0 || (next.segment == number_ && next.offset == size_)) {
    Write(chunks, head).IgnoreError();  // Nothing of it was promised to anybody.
  }
}

absl::Status SegmentWriter::WriteAll(std::vector<Chunk>* chunks) {
  size_t written = 0;
  absl::Status status;
  for (; written < chunks->size() && status.ok(); ++written) {
    const Chunk& chunk = (*chunks)[written];
    status = chunk.offset == 0 ? Begin(chunk) : Append(chunk);
    if (!status.ok()) {
      break;
    }
  }
  chunks->erase(chunks->begin(), chunks->begin() + static_cast<std::ptrdiff_t>(written));
  PEAL_RETURN_IF_ERROR(status);
  return SyncFile();
}

absl::Status SegmentWriter::Append(const Chunk& chunk) {
  PEAL_CHECK(chunk.segment == number_);
  PEAL_CHECK(chunk.offset == size_);
  dirty_ = true;
  absl::Status status = Reserve(size_ + chunk.bytes.size());
  if (status.ok()) {
    status = file_->WriteAt(size_, chunk.bytes);
  }
  if (!status.ok()) {
    if (absl::IsResourceExhausted(status)) {
      // A part may be there: what is written next would come after it.
      reserved_ = size_;
      PEAL_RETURN_IF_ERROR(ForGood(file_->Truncate(size_)));
    }
    return status;
  }
  size_ += chunk.bytes.size();
  return absl::OkStatus();
}

absl::Status SegmentWriter::Reserve(uint64_t end) {
  if (end <= reserved_) {
    return absl::OkStatus();
  }
  uint64_t wanted = end + kReserveBytes;
  absl::Status status = file_->Reserve(size_, wanted - size_);
  if (absl::IsResourceExhausted(status)) {
    // The last of the room is for what is there to write.
    wanted = end;
    status = file_->Reserve(size_, wanted - size_);
  }
  PEAL_RETURN_IF_ERROR(status);
  reserved_ = wanted;
  return absl::OkStatus();
}

absl::Status SegmentWriter::SyncFile() {
  if (!dirty_) {
    return absl::OkStatus();
  }
  PEAL_RETURN_IF_ERROR(ForGood(file_->Sync()));
  dirty_ = false;
  return absl::OkStatus();
}

absl::Status SegmentWriter::Begin(const Chunk& chunk) {
  // Whoever finds the new segment does not look at the end of the one before.
  PEAL_RETURN_IF_ERROR(SyncFile());
  absl::StatusOr<std::unique_ptr<io::File>> file = WriteUnfinished(chunk);
  absl::Status status = file.status();
  if (status.ok()) {
    PEAL_RETURN_IF_ERROR(ForGood((*file)->Sync()));
    status = files_->Rename(UnfinishedName(chunk.segment), SegmentName(chunk.segment));
  }
  if (!status.ok()) {
    // Its room may be what is lacking. If it stays, the next attempt removes it, or the next start.
    files_->Remove(UnfinishedName(chunk.segment)).IgnoreError();
    return status;
  }
  PEAL_RETURN_IF_ERROR(ForGood(files_->SyncFolder()));
  if (file_ != nullptr) {
    // Gives back what was reserved; the size stays, so nothing is at stake.
    file_->Truncate(size_).IgnoreError();
  }
  file_ = *std::move(file);
  number_ = chunk.segment;
  size_ = chunk.bytes.size();
  reserved_ = size_;
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<io::File>> SegmentWriter::WriteUnfinished(const Chunk& chunk) {
  const std::string name = UnfinishedName(chunk.segment);
  const absl::Status removed = files_->Remove(name);
  if (!absl::IsNotFound(removed)) {
    PEAL_RETURN_IF_ERROR(removed);
  }
  PEAL_ASSIGN_OR_RETURN(std::unique_ptr<io::File> file, files_->Create(name));
  PEAL_RETURN_IF_ERROR(file->Reserve(0, chunk.bytes.size()));
  PEAL_RETURN_IF_ERROR(file->WriteAt(0, chunk.bytes));
  return file;
}

void SegmentWriter::Remove(const std::vector<SegmentNumber>& segments) {
  for (const SegmentNumber number : segments) {
    // What cannot be removed now is found and removed after the next start. Each removal is made
    // durable by itself: a hole would pass for damage.
    const absl::Status removed = failed_.ok() ? files_->Remove(SegmentName(number)) : failed_;
    // A damaged one may be gone already.
    if ((!removed.ok() && !absl::IsNotFound(removed)) || !files_->SyncFolder().ok()) {
      return;
    }
  }
}

}  // namespace peal::journal
