#include "core/journal/recovery.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace peal::journal {
namespace {

template <typename Check>
void ForAllFacts(const Check& check) {
  for (uint8_t newest = 0; newest <= static_cast<uint8_t>(Newest::kNewerFormat); ++newest) {
    for (uint8_t tail = 0; tail <= static_cast<uint8_t>(Tail::kSenseless); ++tail) {
      for (uint8_t head = 0; head <= static_cast<uint8_t>(HeadSays::kNewerSegment); ++head) {
        check(Facts{static_cast<Newest>(newest), static_cast<Tail>(tail),
                    static_cast<HeadSays>(head)});
      }
    }
  }
}

TEST(RecoveryTable, HasExactlyOneRowForAllFacts) {
  ForAllFacts([](const Facts& facts) {
    const auto table = RecoveryTable();
    EXPECT_EQ(std::count_if(table.begin(), table.end(),
                            [&](const Row& row) { return Covers(row, facts); }),
              1)
        << int(facts.newest) << int(facts.tail) << int(facts.head);
  });
}

TEST(RecoveryTable, GoesOnOnlyWhereNothingDurableIsMissing) {
  ForAllFacts([](const Facts& facts) {
    const auto table = RecoveryTable();
    const auto row = std::find_if(table.begin(), table.end(),
                                  [&](const Row& each) { return Covers(each, facts); });
    const bool fits = facts.head == HeadSays::kNothing || facts.head == HeadSays::kOlderSegment ||
                      facts.head == HeadSays::kNoMore;
    const bool good = facts.newest == Newest::kGood && fits;
    EXPECT_EQ(row->verdict == Verdict::kAccept, good && facts.tail == Tail::kClean);
    EXPECT_EQ(row->verdict == Verdict::kCutTail, good && facts.tail == Tail::kTorn);
    EXPECT_EQ(row->verdict == Verdict::kCreate, facts.newest == Newest::kNone &&
                                                    facts.tail == Tail::kClean &&
                                                    facts.head == HeadSays::kNothing);
  });
}

TEST(RecoveryTable, SaysWhatIsWrongAndWhere) {
  for (const Row& row : RecoveryTable()) {
    const bool tells = row.verdict == Verdict::kDamaged || row.verdict == Verdict::kRefuse;
    EXPECT_EQ(tells, !row.why.empty());
    EXPECT_EQ(tells, row.place != DamageAt::kNowhere);
  }
}

}  // namespace
}  // namespace peal::journal
