#include "core/journal/recovery.h"

#include <algorithm>
#include <array>

#include "core/base/check.h"

namespace peal::journal {
namespace {

template <typename... Values>
constexpr uint8_t Set(Values... values) {
  return static_cast<uint8_t>(((1U << static_cast<unsigned>(values)) | ...));
}

constexpr uint8_t kAny = 0xff;

constexpr uint8_t kNone = Set(Newest::kNone);
constexpr uint8_t kGood = Set(Newest::kGood);
constexpr uint8_t kUnread = Set(Newest::kBadStart, Newest::kMisnamed, Newest::kNewerFormat);
constexpr uint8_t kClean = Set(Tail::kClean);
constexpr uint8_t kNotClean = Set(Tail::kTorn, Tail::kWitnessed, Tail::kSenseless);
constexpr uint8_t kSilent = Set(HeadSays::kNothing);
constexpr uint8_t kNewer = Set(HeadSays::kNewerSegment);
// What a head says after a crash.
constexpr uint8_t kBehind = Set(HeadSays::kNothing, HeadSays::kOlderSegment, HeadSays::kNoMore);

// Columns: newest, tail, head; verdict, where, why.
// The order is of reading only: no two rows cover the same facts.
constexpr std::array kTable = std::to_array<Row>({
    // No segment. The first one is made before the head.
    {kNone, kClean, kSilent, Verdict::kCreate, DamageAt::kNowhere, ""},
    {kNone, kClean, kNewer, Verdict::kDamaged, DamageAt::kHead,
     "it names a segment, and there is none"},
    {kNone, kClean, static_cast<uint8_t>(~(kSilent | kNewer)), Verdict::kImpossible,
     DamageAt::kNowhere, ""},
    {kNone, kNotClean, kAny, Verdict::kImpossible, DamageAt::kNowhere, ""},

    // A segment gets its name when all of its start is durable: no crash leaves a bad one.
    {Set(Newest::kBadStart), kClean, kAny, Verdict::kDamaged, DamageAt::kNewestStart,
     "it does not begin as a segment does"},
    {Set(Newest::kMisnamed), kClean, kAny, Verdict::kDamaged, DamageAt::kNewestStart,
     "it is another segment than its name says"},
    {Set(Newest::kNewerFormat), kClean, kAny, Verdict::kRefuse, DamageAt::kNewestStart,
     "it was written by a newer peald, in a format that this one does not know"},
    {kUnread, kNotClean, kAny, Verdict::kImpossible, DamageAt::kNowhere, ""},

    // A good newest segment, whatever its tail: what lies around it must fit.
    {kGood, kAny, kNewer, Verdict::kDamaged, DamageAt::kNewestEnd, "there was a segment after it"},
    {kGood, kAny, Set(HeadSays::kOtherJournal), Verdict::kDamaged, DamageAt::kHead,
     "it is of another journal than the segments"},
    {kGood, kAny, Set(HeadSays::kOtherLog), Verdict::kDamaged, DamageAt::kNewestEnd,
     "it holds other entries than the head says"},
    {kGood, kAny, Set(HeadSays::kMore), Verdict::kDamaged, DamageAt::kNewestEnd,
     "durable bytes are wrong or gone from here on"},

    // All fits: the tail decides.
    {kGood, kClean, kBehind, Verdict::kAccept, DamageAt::kNowhere, ""},
    {kGood, Set(Tail::kTorn), kBehind, Verdict::kCutTail, DamageAt::kNowhere, ""},
    {kGood, Set(Tail::kWitnessed), kBehind, Verdict::kDamaged, DamageAt::kNewestEnd,
     "these bytes are wrong, and a record after them tells that they were durable"},
    {kGood, Set(Tail::kSenseless), kBehind, Verdict::kDamaged, DamageAt::kNewestEnd,
     "the record here does not follow what is before it"},
});

template <typename Value>
bool Has(uint8_t set, Value value) {
  return (set & Set(value)) != 0;
}

}  // namespace

std::span<const Row> RecoveryTable() {
  return kTable;
}

bool Covers(const Row& row, const Facts& facts) {
  return Has(row.newest, facts.newest) && Has(row.tail, facts.tail) && Has(row.head, facts.head);
}

const Row& Decide(const Facts& facts) {
  const auto* const row = std::find_if(kTable.begin(), kTable.end(),
                                       [&facts](const Row& each) { return Covers(each, facts); });
  PEAL_CHECK(row != kTable.end());
  PEAL_CHECK(row->verdict != Verdict::kImpossible);
  return *row;
}

}  // namespace peal::journal
