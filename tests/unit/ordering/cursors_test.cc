#include "ordering/cursors.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace peal::ordering {
namespace {

using Change = proto::CursorChange;

constexpr Maker kN1{NodeId(1), Incarnation(1)};
constexpr Maker kN2{NodeId(2), Incarnation(1)};

Change Make(Change::Kind kind, uint64_t hold, uint64_t global = 0) {
  Change change;
  change.set_name("audit");
  change.set_kind(kind);
  change.set_hold(hold);
  if (global > 0) {
    change.mutable_place()->set_global(global);
  }
  return change;
}

void AddLocal(uint64_t log, uint64_t number, proto::Place* place) {
  proto::LocalPlace* const local = place->add_locals();
  local->set_log(log);
  local->set_number(number);
}

class CursorsTest : public testing::Test {
 protected:
  EventOutcome Apply(const Change& change, const Maker& maker = kN1, uint64_t last = 100) {
    return cursors_.Apply(change.SerializeAsString(), maker, Sequence(last)).outcome;
  }
  const proto::KnownCursor& Audit() { return cursors_.all().at("audit"); }

  Cursors cursors_;
};

TEST_F(CursorsTest, OneBeginsWhereItsFirstHolderSays) {
  Change change = Make(Change::HOLD, 1, 40);
  change.set_owner(7);

  EXPECT_EQ(Apply(change), EventOutcome::kNone);

  EXPECT_EQ(Audit().place().global(), 40U);
  EXPECT_EQ(Audit().owner(), 7U);
  EXPECT_EQ(Audit().node(), 1U);
}

TEST_F(CursorsTest, OneThatBeginsWithoutAPlaceBeginsWhereTheChangeStands) {
  EXPECT_EQ(Apply(Make(Change::HOLD, 1), kN1, 55), EventOutcome::kNone);

  EXPECT_EQ(Audit().place().global(), 55U);
}

TEST_F(CursorsTest, TheNewerHolderGoesOnWhereTheOlderOneWasAndTheOlderOneMovesItNoMore) {
  Apply(Make(Change::HOLD, 1, 40));
  EXPECT_EQ(Apply(Make(Change::MOVE, 1, 50)), EventOutcome::kNone);
  EXPECT_EQ(Apply(Make(Change::HOLD, 1, 10), kN2), EventOutcome::kNone);

  EXPECT_EQ(Audit().place().global(), 50U);
  EXPECT_EQ(Apply(Make(Change::MOVE, 1, 60), kN1), EventOutcome::kNotHeld);
  EXPECT_EQ(Apply(Make(Change::RELEASE, 1, 60), kN1), EventOutcome::kNotHeld);
  EXPECT_EQ(Audit().place().global(), 50U);
  EXPECT_EQ(Apply(Make(Change::MOVE, 1, 60), kN2), EventOutcome::kNone);
  EXPECT_EQ(Audit().place().global(), 60U);
}

TEST_F(CursorsTest, AnotherUserThanItsOwnerDoesNotTakeItButRootDoes) {
  Change change = Make(Change::HOLD, 1, 40);
  change.set_owner(7);
  Apply(change);

  change.set_owner(8);
  EXPECT_EQ(Apply(change, kN2), EventOutcome::kNotHeld);
  EXPECT_EQ(Audit().node(), 1U);
  change.set_owner(0);
  EXPECT_EQ(Apply(change, kN2), EventOutcome::kNone);

  EXPECT_EQ(Audit().node(), 2U);
  EXPECT_EQ(Audit().owner(), 7U);
}

TEST_F(CursorsTest, ADaemonThatHasRestartedIsAnotherHolder) {
  Apply(Make(Change::HOLD, 1, 40));

  EXPECT_EQ(Apply(Make(Change::MOVE, 1, 50), {NodeId(1), Incarnation(2)}), EventOutcome::kNotHeld);
}

TEST_F(CursorsTest, APlaceNeitherGoesBackNorBeyondTheEnd) {
  Apply(Make(Change::HOLD, 1, 40));

  Apply(Make(Change::MOVE, 1, 30));
  EXPECT_EQ(Audit().place().global(), 40U);
  Apply(Make(Change::MOVE, 1, 1000), kN1, 90);
  EXPECT_EQ(Audit().place().global(), 90U);
}

TEST_F(CursorsTest, EachLogOfLocalEventsHasItsOwnPlace) {
  Change change = Make(Change::HOLD, 1, 40);
  AddLocal(1, 5, change.mutable_place());
  Apply(change);
  change = Make(Change::MOVE, 1, 41);
  AddLocal(2, 3, change.mutable_place());
  Apply(change);
  change = Make(Change::MOVE, 1, 42);
  AddLocal(1, 4, change.mutable_place());
  Apply(change);

  ASSERT_EQ(Audit().place().locals_size(), 2);
  EXPECT_EQ(Audit().place().locals(0).log(), 2U);
  EXPECT_EQ(Audit().place().locals(0).number(), 3U);
  EXPECT_EQ(Audit().place().locals(1).log(), 1U);
  EXPECT_EQ(Audit().place().locals(1).number(), 5U);
}

TEST_F(CursorsTest, TheLogThatWasNamedLongestAgoIsForgottenBeyondTheLimit) {
  Apply(Make(Change::HOLD, 1, 40));
  for (uint64_t log = 1; log <= Cursors::kLogsMax + 1; ++log) {
    Change change = Make(Change::MOVE, 1, 40);
    AddLocal(log, 1, change.mutable_place());
    Apply(change);
  }

  ASSERT_EQ(Audit().place().locals_size(), Cursors::kLogsMax);
  EXPECT_EQ(Audit().place().locals(0).log(), 2U);
}

TEST_F(CursorsTest, ReleasedNobodyMovesItAndItKeepsItsPlace) {
  Apply(Make(Change::HOLD, 1, 40));
  EXPECT_EQ(Apply(Make(Change::RELEASE, 1, 45)), EventOutcome::kNone);

  EXPECT_EQ(Audit().hold(), 0U);
  EXPECT_EQ(Audit().place().global(), 45U);
  EXPECT_EQ(Apply(Make(Change::MOVE, 1, 50)), EventOutcome::kNotHeld);
  EXPECT_EQ(Apply(Make(Change::MOVE, 0, 50)), EventOutcome::kNotHeld);
}

TEST_F(CursorsTest, RemovedItIsForgottenByItsHolderToo) {
  Apply(Make(Change::HOLD, 1, 40));
  EXPECT_EQ(Apply(Make(Change::REMOVE, 0), kN2), EventOutcome::kNone);

  EXPECT_TRUE(cursors_.all().empty());
  EXPECT_EQ(Apply(Make(Change::MOVE, 1, 50)), EventOutcome::kNotHeld);
  EXPECT_EQ(Apply(Make(Change::REMOVE, 0)), EventOutcome::kNotHeld);
}

TEST_F(CursorsTest, AnotherUsersThatBeganMeanwhileIsNotForgotten) {
  Change hold = Make(Change::HOLD, 1, 40);
  hold.set_owner(8);
  Apply(hold);

  Change remove = Make(Change::REMOVE, 0);
  remove.set_owner(7);
  EXPECT_EQ(Apply(remove), EventOutcome::kNotHeld);
  EXPECT_EQ(Audit().owner(), 8U);
  remove.set_owner(8);
  EXPECT_EQ(Apply(remove), EventOutcome::kNone);

  EXPECT_TRUE(cursors_.all().empty());
}

TEST_F(CursorsTest, BeyondTheLimitNoneBegins) {
  for (size_t i = 0; i < Cursors::kCursorsMax; ++i) {
    Change change = Make(Change::HOLD, 1, 1);
    change.set_name(fmt::format("c{}", i));
    ASSERT_EQ(Apply(change), EventOutcome::kNone);
  }

  EXPECT_EQ(Apply(Make(Change::HOLD, 1, 1)), EventOutcome::kNoRoom);
}

TEST_F(CursorsTest, WhatIsNoChangeChangesNothing) {
  Change nameless = Make(Change::HOLD, 1);
  nameless.clear_name();

  EXPECT_EQ(Apply(nameless), EventOutcome::kNotHeld);
  EXPECT_EQ(cursors_.Apply("\xff", kN1, Sequence(1)).outcome, EventOutcome::kNotHeld);
  EXPECT_TRUE(cursors_.all().empty());
}

TEST_F(CursorsTest, SavedAndRestoredItIsTheSame) {
  Apply(Make(Change::HOLD, 3, 40));
  Change change = Make(Change::MOVE, 3, 41);
  AddLocal(2, 3, change.mutable_place());
  Apply(change);
  proto::Snapshot saved;
  cursors_.Save(saved.mutable_cursors());

  Cursors restored;
  restored.Restore(saved.cursors());
  proto::Snapshot again;
  restored.Save(again.mutable_cursors());

  EXPECT_EQ(again.SerializeAsString(), saved.SerializeAsString());
  EXPECT_EQ(restored.all().at("audit").hold(), 3U);
}

}  // namespace
}  // namespace peal::ordering
