#include "core/journal/head_file.h"

#include <utility>

#include "core/base/check.h"
#include "core/base/crc32c.h"
#include "core/base/status_macros.h"
#include "core/journal/byte_codec.h"

namespace peal::journal {
namespace {

constexpr uint32_t kHeadMagic = 0x44484c50;  // "PLHD"
constexpr size_t kSlotBytes = 88;
constexpr size_t kSlotSummedFrom = 8;
constexpr uint64_t kSlots = 2;
// Apart, so that no disk's sector holds both.
constexpr uint64_t kSlotDistance = 4096;

std::string Encode(const Head& head, uint64_t turn) {
  std::string sum;
  Put(&sum, turn);
  sum += head.journal_id;
  Put(&sum, head.segment.value());
  Put(&sum, head.offset);
  Put(&sum, head.index.value());
  PutDigest(&sum, head.chain);
  std::string out;
  Put(&out, kHeadMagic);
  Put(&out, base::Crc32c(sum));
  out += sum;
  PEAL_CHECK(out.size() == kSlotBytes);
  return out;
}

struct Slot {
  Head head;
  uint64_t turn = 0;
};

std::optional<Slot> Decode(std::string_view bytes) {
  ByteReader reader(bytes);
  const uint32_t magic = reader.Get<uint32_t>();
  const uint32_t crc = reader.Get<uint32_t>();
  Slot slot;
  slot.turn = reader.Get<uint64_t>();
  slot.head.journal_id = std::string(reader.GetBytes(kJournalIdBytes));
  slot.head.segment = SegmentNumber(reader.Get<uint64_t>());
  slot.head.offset = reader.Get<uint64_t>();
  slot.head.index = Index(reader.Get<uint64_t>());
  slot.head.chain = reader.GetDigest();
  if (!reader.ok() || magic != kHeadMagic || base::Crc32c(bytes.substr(kSlotSummedFrom)) != crc) {
    return std::nullopt;
  }
  return slot;
}

}  // namespace

absl::StatusOr<std::unique_ptr<HeadFile>> HeadFile::Open(io::FileOps* files) {
  std::unique_ptr<HeadFile> head(new HeadFile(files));
  absl::StatusOr<std::unique_ptr<io::File>> file = files->Open(kHeadName);
  if (absl::IsNotFound(file.status())) {
    return head;
  }
  PEAL_RETURN_IF_ERROR(file.status());
  head->file_ = *std::move(file);
  PEAL_ASSIGN_OR_RETURN(const std::string bytes, head->file_->ReadAt(0, kSlots * kSlotDistance));
  for (size_t at = 0; at + kSlotBytes <= bytes.size(); at += kSlotDistance) {
    std::optional<Slot> slot = Decode(std::string_view(bytes).substr(at, kSlotBytes));
    if (slot && (!head->found_ || slot->turn > head->turn_)) {
      head->found_ = std::move(slot->head);
      head->turn_ = slot->turn;
    }
  }
  return head;
}

absl::Status HeadFile::Make() {
  PEAL_ASSIGN_OR_RETURN(file_, files_->Create(kHeadName));
  return files_->SyncFolder();
}

absl::Status HeadFile::Write(const Head& head) {
  if (file_ == nullptr) {
    PEAL_RETURN_IF_ERROR(Make());
  }
  ++turn_;
  return file_->WriteAt(turn_ % kSlots * kSlotDistance, Encode(head, turn_));
}

}  // namespace peal::journal
