// A journal's folder with any bytes in it is opened, or refused as damaged and set aside. What is
// opened can be read, where it is not damaged, and goes on.
//
// The input is a program: the journal works for a while, whoever has the disk in hand changes it,
// and so on; an operation is a byte, then what it takes. Records are written with the sums that
// they should have, so that what is behind the sums is reached.
#include <google/protobuf/stubs/logging.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "core/journal/head_file.h"
#include "core/journal/open_journal.h"
#include "core/journal/record_format.h"
#include "core/journal/segment_writer.h"
#include "ordering/machine.h"
#include "ordering/replica/journal_entries.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/support/fault_files.h"
#include "tests/support/manual_loop.h"

namespace peal::fuzz {
namespace {

using journal::Record;

const std::string kId(16, 'a');
constexpr uint64_t kSegmentsMax = 5;

class JournalFuzz {
 public:
  explicit JournalFuzz(FuzzInput* input) : input_(*input) {
    options_.segment_bytes = 1000;
    options_.cache_bytes = 500;
    options_.retain_bytes = 100'000;
  }

  void Run() {
    for (int operations = 0; !input_.empty() && operations < 64; ++operations) {
      switch (input_.Byte() % 10) {
        case 0:
          Work();
          break;
        case 1:
          files_.SetContents(FileName(), std::string(input_.Text()));
          break;
        case 2:
          AddRecord();
          break;
        case 3:
          AddStart();
          break;
        case 4:
          AddEntry();
          break;
        case 5:
          WriteHead();
          break;
        case 6:
          Flip();
          break;
        case 7:
          Cut();
          break;
        case 8:
          Copy();
          break;
        case 9:
          Lose();
          break;
      }
    }
    Check();
  }

 private:
  std::string FileName() {
    const uint64_t which = input_.Byte() % (kSegmentsMax + 2);
    if (which == 0) {
      return journal::kHeadName;
    }
    return which > kSegmentsMax ? journal::UnfinishedName(journal::SegmentNumber(1))
                                : journal::SegmentName(journal::SegmentNumber(which));
  }
  std::string Contents(const std::string& name) {
    return files_.Has(name) ? files_.Contents(name) : std::string();
  }

  // A record where the segment ends, with the sum that it should have there.
  void Add(journal::SegmentNumber number, journal::RecordType type, std::string_view body) {
    const std::string name = journal::SegmentName(number);
    std::string bytes = Contents(name);
    bytes.resize((bytes.size() + journal::kRecordAlignment - 1) / journal::kRecordAlignment *
                 journal::kRecordAlignment);
    const uint32_t salt =
        type == journal::RecordType::kStart ? journal::kStartSalt : journal::SaltOf(kId, number);
    const uint64_t synced_through = input_.Byte() % 2 == 0 ? 0 : bytes.size();
    journal::AppendRecord({salt, bytes.size(), synced_through}, type, {body}, &bytes);
    files_.SetContents(name, bytes);
  }
  journal::SegmentNumber Number() {
    return journal::SegmentNumber(1 + input_.Byte() % kSegmentsMax);
  }
  void AddRecord() {
    const journal::SegmentNumber number = Number();
    const auto type = static_cast<journal::RecordType>(input_.Byte());
    Add(number, type, input_.Text());
  }
  void AddStart() {
    const journal::SegmentNumber number = Number();
    journal::SegmentStart start{.journal_id = kId, .number = number};
    start.stands_alone = input_.Byte() % 2 == 1;
    start.promised = Epoch(Small());
    start.log_epoch = Epoch(Small());
    start.marks = {Index(Small()), Index(Small())};
    start.noted = Index(Small());
    start.place = {Index(Small()), Sequence(Small()), 0};
    Add(number, journal::RecordType::kStart, journal::EncodeStart(start));
    Add(number, journal::RecordType::kSummary, input_.Text());
    Add(number, journal::RecordType::kState, input_.Text());
  }
  void AddEntry() {
    const journal::SegmentNumber number = Number();
    Record record{.index = Index(Small()), .epoch = Epoch(Small())};
    record.kind = input_.Byte();
    record.opens_epoch = input_.Byte() % 2 == 1;
    Add(number, journal::RecordType::kEntry,
        journal::EncodeEntryHead(record) + std::string(input_.Text()));
  }
  // Mostly small, sometimes the largest.
  uint64_t Small() {
    const uint8_t byte = input_.Byte();
    return byte < 250 ? byte : UINT64_MAX - (byte - 250U);
  }
  void WriteHead() {
    journal::Head head{.journal_id = kId, .segment = Number()};
    head.offset = input_.Number(2);
    head.index = Index(Small());
    const auto file = journal::HeadFile::Open(&files_);
    PEAL_CHECK(file.ok());
    PEAL_CHECK((*file)->Write(head).ok());
  }
  void Flip() {
    const std::string name = FileName();
    const uint64_t size = Contents(name).size();
    const uint64_t offset = input_.Number(2);
    if (size > 0) {
      files_.FlipBit(name, offset % size, input_.Byte() % 8);
    }
  }
  void Cut() {
    const std::string name = FileName();
    const std::string bytes = Contents(name);
    const uint64_t size = input_.Number(2);
    files_.SetContents(name, bytes.substr(0, std::min<uint64_t>(size, bytes.size())));
  }
  void Copy() {
    const std::string from = FileName();
    files_.SetContents(FileName(), Contents(from));
  }

  void Lose() {
    const std::string name = FileName();
    if (files_.Has(name)) {
      files_.Lose(name);
    }
  }

  absl::Status Open() {
    absl::StatusOr<journal::OpenedJournal> opened =
        journal::OpenJournal({&loop_, &files_, &writing_, &reading_}, kId, options_);
    if (!opened.ok()) {
      return opened.status();
    }
    opened_ = *std::move(opened);
    return absl::OkStatus();
  }
  void Drop(bool in_order) {
    if (in_order) {
      opened_.journal.reset();
      Turn();
    } else {
      files_.KillProcess();
      writing_.Forget();
      reading_.Forget();
      opened_.journal.reset();
      writing_.Forget();
      loop_.Run();
    }
  }
  void Turn() {
    while (!writing_.idle() || !reading_.idle()) {
      writing_.WorkAll();
      reading_.WorkAll();
      loop_.Run();
    }
    loop_.Run();
  }

  // A process's life with the journal, where it can be opened. How it may be used is the journal's
  // to say; that its owner keeps to it is not what is tested here.
  void Work() {
    if (!Open().ok()) {
      return;
    }
    committed_ = std::max(opened_.recovered.marks.committed, opened_.recovered.checkpoint.index);
    sequence_ = opened_.recovered.checkpoint.sequence;
    for (int steps = input_.Byte() % 32; steps > 0 && WorkOnce(); --steps) {
    }
    Drop(input_.Byte() % 2 == 0);
  }
  bool WorkOnce() {
    journal::Journal& log = *opened_.journal;
    // Far from the end of the numbers, where no log comes to.
    if (log.last() > Index(uint64_t{1} << 60) || sequence_ > Sequence(uint64_t{1} << 60)) {
      return false;
    }
    switch (input_.Byte() % 7) {
      case 0:
      case 1:
        Append(&log);
        break;
      case 2:
        committed_ = std::max(committed_, log.last());
        log.SetMarks({committed_, committed_});
        break;
      case 3:
        log.AddNote(committed_, "note");
        break;
      case 4:
        log.TruncateAfter(std::max(committed_, Index(log.last().value() - log.last().value() % 3)));
        break;
      case 5:
        if (log.last() > Index(0)) {
          Checkpoint(&log);
        }
        break;
      default:
        log.Sync([](const absl::Status& status) { PEAL_CHECK(status.ok()); });
        Turn();
    }
    return true;
  }
  void Append(journal::Journal* log) {
    Record record{.index = log->last().Next(), .epoch = Epoch(1), .kind = 1};
    record.payload = std::make_shared<const std::string>(input_.Byte(), 'p');
    record.chain[0] = static_cast<uint8_t>(record.index.value());
    log->Append(std::move(record));
  }
  void Checkpoint(journal::Journal* log) {
    if (committed_ < log->last()) {
      return;  // The chain there is not known here.
    }
    sequence_ = sequence_.Next();
    journal::Checkpoint checkpoint{.index = log->last(), .sequence = sequence_};
    log->Read(log->last(), 1, [&checkpoint](absl::StatusOr<std::vector<Record>> read) {
      if (read.ok()) {
        checkpoint.chain = read->front().chain;
      }
    });
    Turn();
    log->AddCheckpoint(std::move(checkpoint));
  }

  void Check() {
    const std::vector<std::string> before = *files_.List();
    const absl::Status status = Open();
    if (status.ok()) {
      CheckOpened();
      return;
    }
    PEAL_CHECK(absl::IsDataLoss(status) || absl::IsFailedPrecondition(status));
    PEAL_CHECK(!status.message().empty());
    PEAL_CHECK(*files_.List() == before);
    PEAL_CHECK(journal::SetAsideDamaged(&files_).ok());
    PEAL_CHECK(Open().ok());
    PEAL_CHECK(opened_.created);
    CheckOpened();
  }
  void CheckOpened() {
    Upkeep();
    ReadAll();
    auto recovered = ordering::FromJournal(opened_.recovered);
    if (recovered.ok()) {
      const ordering::Machine machine({Incarnation(1), ordering::JournalId{kId}, {}},
                                      *std::move(recovered));
      ordering::CheckInvariants(machine);
    } else {
      PEAL_CHECK(absl::IsDataLoss(recovered.status()));
    }
    if (opened_.journal->last() >= Index(UINT64_MAX - 1)) {
      return;
    }
    const Index last = opened_.journal->last().Next();
    opened_.journal->Append({.index = last, .payload = std::make_shared<const std::string>("end")});
    opened_.journal->Sync([](const absl::Status& synced) { PEAL_CHECK(synced.ok()); });
    Turn();
    Drop(false);
    PEAL_CHECK(Open().ok());
    PEAL_CHECK(opened_.journal->last() == last);
    PEAL_CHECK(*opened_.recovered.records.back().payload == "end");
  }
  // Scrubs, and mends what takes no records to be mended.
  void Upkeep() {
    for (int i = 0; i < 16; ++i) {
      opened_.journal->Scrub();
      Turn();
      const std::optional<journal::Damage> damage = opened_.journal->damage();
      if (damage && !damage->must_wait && damage->after == damage->upto) {
        opened_.journal->Mend({}, [](const absl::Status& status) {
          PEAL_CHECK(status.ok() || absl::IsDataLoss(status));
        });
        Turn();
      }
    }
  }
  void ReadAll() {
    const journal::Journal& log = *opened_.journal;
    if (log.first() != Index(0)) {
      const Index begin = opened_.recovered.checkpoint.index;
      for (Index next = log.first();
           next <= log.last() && next.value() - log.first().value() < 500;) {
        next = ReadFrom(next, next > begin);
      }
    }
    for (const journal::Place& place : log.Places()) {
      opened_.journal->ReadSummary(place.index, [](const absl::StatusOr<std::string>& summary) {
        PEAL_CHECK(summary.ok() || absl::IsDataLoss(summary.status()));
      });
      Turn();
    }
  }
  // Returns what to read next. What was recovered is all good.
  Index ReadFrom(Index from, bool good) {
    Index next = from.Next();
    bool called = false;
    opened_.journal->Read(from, 300, [&](absl::StatusOr<std::vector<Record>> read) {
      called = true;
      PEAL_CHECK(read.ok() || absl::IsDataLoss(read.status()));
      PEAL_CHECK(read.ok() || !good);
      if (read.ok()) {
        PEAL_CHECK(!read->empty());
        PEAL_CHECK(read->front().index == from);
        next = read->back().index.Next();
      }
    });
    Turn();
    PEAL_CHECK(called);
    return next;
  }

  FuzzInput& input_;
  testing_support::FaultFiles files_;
  testing_support::ManualLoop loop_;
  testing_support::ManualWorker writing_{&loop_};
  testing_support::ManualWorker reading_{&loop_};
  journal::JournalOptions options_;
  journal::OpenedJournal opened_;
  Index committed_;
  Sequence sequence_;
};

}  // namespace
}  // namespace peal::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  google::protobuf::SetLogHandler(nullptr);
  peal::fuzz::FuzzInput input(data, size);
  peal::fuzz::JournalFuzz(&input).Run();
  return 0;
}
