#include "core/journal/survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "core/journal/record_stream.h"
#include "core/journal/segment_writer.h"

namespace peal::journal {
namespace {

// The number in a segment's name; nullopt: the name of something else.
std::optional<SegmentNumber> NumberOf(const std::string& name) {
  constexpr std::string_view kPrefix = "segment-";
  uint64_t number = 0;
  if (!name.starts_with(kPrefix)) {
    return std::nullopt;
  }
  std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), number);
  const SegmentNumber found(number);
  return name == SegmentName(found) ? std::optional(found) : std::nullopt;
}

bool IsUnfinished(const std::string& name) {
  constexpr std::string_view kEnding = ".new";
  return name.ends_with(kEnding) &&
         NumberOf(name.substr(0, name.size() - kEnding.size())).has_value();
}

// Of a segment whose file is not known to be good.
struct Start {
  Newest what = Newest::kBadStart;
  SegmentStart start;
};

Start JudgeStart(const std::optional<RecordView>& record, SegmentNumber number) {
  if (!record || record->type != RecordType::kStart) {
    return {Newest::kBadStart, {}};
  }
  const std::optional<uint32_t> version = DecodeVersion(record->body);
  if (version && *version > kFormatVersion) {
    return {Newest::kNewerFormat, {}};
  }
  const std::optional<SegmentStart> start = DecodeStart(record->body);
  if (!start) {
    return {Newest::kBadStart, {}};
  }
  return {start->number == number ? Newest::kGood : Newest::kMisnamed, *start};
}

// Whether a good record after the bad bytes at `from` says that they were durable.
absl::StatusOr<bool> IsWitnessed(io::File* file, uint32_t salt, uint64_t from, uint64_t end) {
  constexpr size_t kPieceBytes = 1 << 20;
  // So many headers without their records are no crash's work.
  int candidates = 1000;
  for (uint64_t piece = from; piece < end; piece += kPieceBytes) {
    PEAL_ASSIGN_OR_RETURN(const std::string bytes,
                          file->ReadAt(piece, kPieceBytes + kRecordHeaderBytes));
    for (size_t at = 0; at < std::min(bytes.size(), kPieceBytes); at += kRecordAlignment) {
      if (piece + at == from || !IsHeaderOf(std::string_view(bytes).substr(at), piece + at)) {
        continue;
      }
      RecordStream stream(file, salt, piece + at, end);
      PEAL_ASSIGN_OR_RETURN(const std::optional<RecordView> record, stream.Next());
      if ((record && record->synced_through > from) || --candidates == 0) {
        return true;
      }
    }
  }
  return false;
}

HeadSays Compare(const std::optional<Head>& head, const Survey& survey) {
  if (!head) {
    return HeadSays::kNothing;
  }
  if (survey.facts.newest == Newest::kNone || head->segment > survey.newest) {
    return HeadSays::kNewerSegment;
  }
  if (head->segment < survey.newest) {
    return HeadSays::kOlderSegment;
  }
  if (survey.facts.newest == Newest::kGood &&
      head->journal_id != survey.replay.start().journal_id) {
    return HeadSays::kOtherJournal;
  }
  // The scan turns this into kNoMore where it finds what the head names.
  return head->offset > survey.good_end ? HeadSays::kMore : HeadSays::kOtherLog;
}

// Takes in the newest segment's records up to the first that is not good.
absl::Status Scan(Survey* survey) {
  RecordStream stream(survey->file.get(), kStartSalt, 0, survey->size);
  PEAL_ASSIGN_OR_RETURN(std::optional<RecordView> record, stream.Next());
  const Start start = JudgeStart(record, survey->newest);
  survey->facts.newest = start.what;
  if (start.what != Newest::kGood) {
    return absl::OkStatus();
  }
  const uint32_t salt = SaltOf(start.start.journal_id, survey->newest);
  stream.set_salt(salt);
  const std::optional<Head>& head = survey->head->found();
  bool head_found = false;
  while (record) {
    if (!survey->replay.Apply(*record)) {
      survey->facts.tail = Tail::kSenseless;
      break;
    }
    survey->good_end = record->end;
    survey->durable_through = std::max(survey->durable_through, record->synced_through);
    head_found = head_found ||
                 (head && head->offset == record->end && head->index == survey->replay.last() &&
                  head->chain == survey->replay.last_chain());
    PEAL_ASSIGN_OR_RETURN(record, stream.Next());
  }
  if (!survey->replay.complete()) {
    survey->facts.newest = Newest::kBadStart;
    survey->facts.tail = Tail::kClean;
    return absl::OkStatus();
  }
  if (survey->facts.tail == Tail::kClean && survey->good_end < survey->size) {
    PEAL_ASSIGN_OR_RETURN(const bool witnessed,
                          IsWitnessed(survey->file.get(), salt, survey->good_end, survey->size));
    survey->facts.tail = witnessed ? Tail::kWitnessed : Tail::kTorn;
  }
  survey->facts.head = Compare(head, *survey);
  if (survey->facts.head == HeadSays::kOtherLog && head_found) {
    survey->facts.head = HeadSays::kNoMore;
    survey->durable_through = std::max(survey->durable_through, head->offset);
  }
  return absl::OkStatus();
}

// Whether `earlier` can be of the log that `later` goes on with.
bool LeadsUpTo(const SegmentStart& earlier, const SegmentStart& later) {
  return earlier.journal_id == later.journal_id && earlier.number < later.number &&
         earlier.place.index <= later.place.index && earlier.place.sequence <= later.place.sequence;
}

// How an older segment begins; nullopt: not as one of this journal that can lead up to `later`.
struct OlderStart {
  SegmentStart start;
  Opening::Segment segment;
};
absl::StatusOr<std::optional<OlderStart>> ReadOlder(io::FileOps* files, SegmentNumber number,
                                                    const SegmentStart& later) {
  PEAL_ASSIGN_OR_RETURN(const std::unique_ptr<io::File> file, files->Open(SegmentName(number)));
  PEAL_ASSIGN_OR_RETURN(const uint64_t size, file->Size());
  RecordStream stream(file.get(), kStartSalt, 0, size);
  PEAL_ASSIGN_OR_RETURN(const std::optional<RecordView> record, stream.Next());
  Start start = JudgeStart(record, number);
  if (start.what != Newest::kGood || !LeadsUpTo(start.start, later)) {
    return std::nullopt;
  }
  stream.set_salt(SaltOf(later.journal_id, number));
  PEAL_ASSIGN_OR_RETURN(const std::optional<RecordView> summary, stream.Next());
  if (!summary || summary->type != RecordType::kSummary) {
    return std::nullopt;
  }
  OlderStart older{.start = std::move(start.start), .segment = {.number = number, .bytes = size}};
  older.segment.place = older.start.place;
  older.segment.chain = older.start.chain;
  older.segment.summary = std::string(summary->body);
  return older;
}

// Of what is missing between `before` and `next`, or wrong: one that begins where `before` does.
void AddMissing(const Opening::Segment& before, SegmentNumber next,
                const std::vector<SegmentNumber>& present,
                std::vector<Opening::Segment>* segments) {
  for (SegmentNumber number = before.number.Next(); number < next; number = number.Next()) {
    const bool wrong = std::binary_search(present.begin(), present.end(), number);
    Opening::Segment missing = before;
    missing.number = number;
    missing.bytes = 0;
    missing.damage =
        fmt::format("{}, byte 0: {}", SegmentName(number),
                    wrong ? "it does not lead up to the segment after it" : "the file is missing");
    segments->push_back(std::move(missing));
  }
}

// From the newest down to the first that stands alone.
absl::Status LookAtOlder(io::FileOps* files, const std::vector<SegmentNumber>& numbers,
                         Survey* survey) {
  // A gap of more is no loss of files, but a file of long ago that has turned up.
  constexpr uint64_t kMissingMax = 1000;
  SegmentStart later = survey->replay.start();
  std::vector<Opening::Segment> good;  // The newest first.
  for (auto number = numbers.rbegin(); number != numbers.rend() && !later.stands_alone &&
                                       later.number.value() - number->value() <= kMissingMax;
       ++number) {
    PEAL_ASSIGN_OR_RETURN(std::optional<OlderStart> older, ReadOlder(files, *number, later));
    if (older) {
      later = std::move(older->start);
      good.push_back(std::move(older->segment));
    }
  }
  for (const SegmentNumber number : numbers) {
    if (number < later.number) {
      survey->useless.push_back(SegmentName(number));
    }
  }
  for (; !good.empty(); good.pop_back()) {
    survey->older.push_back(good.back());
    const SegmentNumber next = good.size() == 1 ? survey->newest : good[good.size() - 2].number;
    AddMissing(good.back(), next, numbers, &survey->older);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Survey> SurveyFolder(io::FileOps* files) {
  Survey survey;
  PEAL_ASSIGN_OR_RETURN(const std::vector<std::string> names, files->List());
  std::vector<SegmentNumber> numbers;
  for (const std::string& name : names) {
    if (const std::optional<SegmentNumber> number = NumberOf(name)) {
      numbers.push_back(*number);
    } else if (IsUnfinished(name)) {
      survey.unfinished.push_back(name);
    }
  }
  PEAL_ASSIGN_OR_RETURN(survey.head, HeadFile::Open(files));
  if (numbers.empty()) {
    survey.facts.head = Compare(survey.head->found(), survey);
    return survey;
  }
  // Names are sorted, and so are their numbers, which all have as many digits.
  PEAL_CHECK(std::is_sorted(numbers.begin(), numbers.end()));
  survey.newest = numbers.back();
  numbers.pop_back();
  PEAL_ASSIGN_OR_RETURN(survey.file, files->Open(SegmentName(survey.newest)));
  PEAL_ASSIGN_OR_RETURN(survey.size, survey.file->Size());
  PEAL_RETURN_IF_ERROR(Scan(&survey));
  if (survey.facts.newest == Newest::kGood) {
    PEAL_RETURN_IF_ERROR(LookAtOlder(files, numbers, &survey));
  }
  return survey;
}

}  // namespace peal::journal
