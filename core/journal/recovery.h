// What to do with what a crash, or worse, has left of a journal: one table. Pure.
//
// A crash leaves a prefix of what was written, with a torn or garbled tail where nothing was
// durable yet. Anything else is damage, and is never repaired by guessing: a node that has lost
// durable records must not vote on the strength of them.
//
// All of that is in the newest segment. Those before it are history, which can be fetched again:
// damage to them decides nothing here.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace peal::journal {

// The segment with the highest number.
enum class Newest : uint8_t {
  kNone,         // There is no segment.
  kGood,         // It begins with a start, a summary and a state.
  kBadStart,     // It does not.
  kMisnamed,     // It says that it is another segment than its name says.
  kNewerFormat,  // It is of a format that this program does not know.
};
// How the newest segment ends, when it is good.
enum class Tail : uint8_t {
  kClean,      // With a whole record.
  kTorn,       // With bytes that are no record; nothing says that they were ever durable.
  kWitnessed,  // The same, but a good record after them was made when they were durable.
  kSenseless,  // A whole record stands where it cannot: it does not follow what is before it.
};
// What the file `head` says of the newest segment.
enum class HeadSays : uint8_t {
  kNothing,       // It is absent, or has no good slot.
  kOtherJournal,  // It is of another journal.
  kOlderSegment,  // It lags behind by a segment or more.
  kNoMore,        // It agrees with the segment as far as it goes, which is no further.
  kOtherLog,      // At its offset the segment holds another entry.
  kMore,          // More of this segment was durable than is good now.
  kNewerSegment,  // There was a segment after it; or one at all, when there is none.
};

struct Facts {
  Newest newest = Newest::kNone;
  Tail tail = Tail::kClean;
  HeadSays head = HeadSays::kNothing;
};

enum class Verdict : uint8_t {
  kCreate,      // There never was a journal here.
  kAccept,      // All of it is good.
  kCutTail,     // All is good but a torn tail, which goes.
  kDamaged,     // Durable bytes are wrong or gone.
  kRefuse,      // Another program's business.
  kImpossible,  // Facts that do not occur together.
};

// Where the damage is.
enum class DamageAt : uint8_t { kNowhere, kNewestStart, kNewestEnd, kHead };

struct Row {
  // Sets: bit 1 << value for each value that the row covers.
  uint8_t newest;
  uint8_t tail;
  uint8_t head;
  Verdict verdict;
  DamageAt place;
  std::string_view why;
};

// Exactly one row covers each combination of facts.
std::span<const Row> RecoveryTable();
bool Covers(const Row& row, const Facts& facts);

// The row of facts that occur together.
const Row& Decide(const Facts& facts);

}  // namespace peal::journal
