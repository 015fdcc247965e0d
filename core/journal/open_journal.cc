#include "core/journal/open_journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "core/journal/recovery.h"
#include "core/journal/survey.h"

namespace peal::journal {
namespace {

std::string Describe(const Survey& survey, const Row& row) {
  switch (row.place) {
    case DamageAt::kNewestStart:
      return fmt::format("{}, byte 0: {}", SegmentName(survey.newest), row.why);
    case DamageAt::kNewestEnd:
      return fmt::format("{}, byte {}: {}", SegmentName(survey.newest), survey.good_end, row.why);
    case DamageAt::kHead:
      return fmt::format("{}, byte 0: {}", kHeadName, row.why);
    case DamageAt::kNowhere:
      break;
  }
  return std::string(row.why);
}

// The first segment: an empty checkpoint at index 0.
absl::StatusOr<Opening> Create(io::FileOps* files, Survey survey, const std::string& id) {
  const SegmentNumber number(1);
  Chunk chunk{.segment = number, .offset = 0, .bytes = {}};
  const auto put = [&](uint32_t salt, RecordType type, std::string_view body) {
    AppendRecord({.salt = salt, .offset = chunk.bytes.size()}, type, {body}, &chunk.bytes);
  };
  put(kStartSalt, RecordType::kStart, EncodeStart({.journal_id = id, .number = number}));
  put(SaltOf(id, number), RecordType::kSummary, "");
  put(SaltOf(id, number), RecordType::kState, "");

  Opening opening;
  opening.recovered.id = id;
  opening.segments.push_back({.number = number, .place = {}, .bytes = chunk.bytes.size()});
  opening.writer =
      std::make_unique<SegmentWriter>(files, nullptr, number, 0, std::move(survey.head));
  const Head head{.journal_id = id, .segment = number, .offset = chunk.bytes.size()};
  std::vector<Chunk> chunks{std::move(chunk)};
  PEAL_RETURN_IF_ERROR(opening.writer->Write(&chunks, head));
  return opening;
}

// What the program reads it takes for durable; but a process that died before its sync, or whose
// sync failed, has left bytes that only the kernel's memory holds, and that a sync alone may not
// write any more (see io::File::Sync()). So they are written again. They are the same bytes: a
// crash in the midst of this changes nothing.
absl::Status MakeDurable(const Survey& survey) {
  constexpr uint64_t kPieceBytes = 1 << 20;
  io::File* const file = survey.file.get();
  if (survey.good_end < survey.size) {
    // Now: records of the torn tail must not come back behind what is written in its place.
    PEAL_RETURN_IF_ERROR(file->Truncate(survey.good_end));
  }
  PEAL_CHECK(survey.durable_through <= survey.good_end);
  for (uint64_t at = survey.durable_through; at < survey.good_end; at += kPieceBytes) {
    const size_t bytes = static_cast<size_t>(std::min(kPieceBytes, survey.good_end - at));
    PEAL_ASSIGN_OR_RETURN(const std::string piece, file->ReadAt(at, bytes));
    PEAL_RETURN_IF_ERROR(file->WriteAt(at, piece));
  }
  return file->Sync();
}

absl::Status Tidy(io::FileOps* files, Survey* survey) {
  for (const std::string& name : survey->unfinished) {
    PEAL_RETURN_IF_ERROR(files->Remove(name));
  }
  PEAL_RETURN_IF_ERROR(files->SyncFolder());
  for (const std::string& name : survey->useless) {
    PEAL_RETURN_IF_ERROR(files->Remove(name));
    PEAL_RETURN_IF_ERROR(files->SyncFolder());
  }
  return absl::OkStatus();
}

absl::StatusOr<Opening> GoOn(io::FileOps* files, Survey survey) {
  PEAL_RETURN_IF_ERROR(MakeDurable(survey));
  Opening opening;
  opening.segments = std::move(survey.older);
  const SegmentStart& start = survey.replay.start();
  opening.segments.push_back({.number = survey.newest,
                              .place = start.place,
                              .bytes = survey.good_end,
                              .chain = start.chain,
                              .summary = survey.replay.recovered().checkpoint.summary,
                              .damage = {}});
  opening.noted = survey.replay.noted();
  opening.writer = std::make_unique<SegmentWriter>(files, std::move(survey.file), survey.newest,
                                                   survey.good_end, std::move(survey.head));
  const Head head{.journal_id = start.journal_id,
                  .segment = survey.newest,
                  .offset = survey.good_end,
                  .index = survey.replay.last(),
                  .chain = survey.replay.last_chain()};
  std::vector<Chunk> nothing;
  PEAL_RETURN_IF_ERROR(opening.writer->Write(&nothing, head));
  opening.recovered = survey.replay.Take();
  return opening;
}

Recovered WithoutNotes(Recovered recovered) {
  for (Record& record : recovered.records) {
    record.note.clear();
  }
  return recovered;
}

// The number of a set-aside file; 0: it is none.
uint64_t SetOf(const std::string& name) {
  constexpr std::string_view kPrefix = "damaged-";
  uint64_t number = 0;
  if (name.starts_with(kPrefix)) {
    std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), number);
  }
  return number;
}

}  // namespace

absl::StatusOr<OpenedJournal> OpenJournal(const JournalPorts& ports, const std::string& new_id,
                                          const JournalOptions& options) {
  PEAL_ASSIGN_OR_RETURN(Survey survey, SurveyFolder(ports.files));
  const Row& row = Decide(survey.facts);
  if (row.verdict == Verdict::kDamaged) {
    return absl::DataLossError(Describe(survey, row));
  }
  if (row.verdict == Verdict::kRefuse) {
    return absl::FailedPreconditionError(Describe(survey, row));
  }
  const bool create = row.verdict == Verdict::kCreate;
  PEAL_CHECK(create || row.verdict == Verdict::kAccept || row.verdict == Verdict::kCutTail);
  PEAL_RETURN_IF_ERROR(Tidy(ports.files, &survey));
  PEAL_ASSIGN_OR_RETURN(Opening opening, create ? Create(ports.files, std::move(survey), new_id)
                                                : GoOn(ports.files, std::move(survey)));
  OpenedJournal opened;
  opened.created = create;
  opened.recovered = WithoutNotes(opening.recovered);
  opened.journal = std::make_unique<SegmentedJournal>(ports, options, std::move(opening));
  return opened;
}

absl::Status SetAsideDamaged(io::FileOps* files) {
  constexpr size_t kSetsMax = 3;
  PEAL_ASSIGN_OR_RETURN(const std::vector<std::string> names, files->List());
  std::set<uint64_t> sets;
  for (const std::string& name : names) {
    sets.insert(SetOf(name));
  }
  const uint64_t number = (sets.empty() ? 0 : *sets.rbegin()) + 1;
  sets.erase(0);
  while (sets.size() >= kSetsMax) {
    for (const std::string& name : names) {
      if (SetOf(name) == *sets.begin()) {
        PEAL_RETURN_IF_ERROR(files->Remove(name));
      }
    }
    sets.erase(sets.begin());
  }
  // The segments oldest first, the head last: interrupted, what is left is still known as damaged,
  // or has lost nothing of its newest part.
  const auto set_aside = [&](const std::string& name) {
    const absl::Status status = files->Rename(name, fmt::format("damaged-{}.{}", number, name));
    return status.ok() ? files->SyncFolder() : status;
  };
  for (const std::string& name : names) {
    if (SetOf(name) == 0 && name != kHeadName) {
      PEAL_RETURN_IF_ERROR(set_aside(name));
    }
  }
  return std::count(names.begin(), names.end(), kHeadName) != 0 ? set_aside(kHeadName)
                                                                : absl::OkStatus();
}

}  // namespace peal::journal
