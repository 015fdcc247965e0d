#include "ordering/applied.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace peal::ordering {
namespace {

// An event as its batch carries it.
struct Sent {
  std::string text;
  std::string key;
  std::string subject;
  std::optional<uint64_t> expect;
  // Its client's session (0: none), its number there, and the first that is unanswered.
  char session = 0;
  uint64_t number = 0;
  uint64_t unanswered_from = 1;
  std::string cursor{};
};

class AppliedTest : public testing::Test {
 protected:
  // Applies a batch of these; what came of each: "n5" numbered, "d5" a duplicate of 5, "r5"
  // refused since the subject is at 5, "a5" sent again and having 5, "-" a mark.
  std::vector<std::string> Apply(const std::vector<Sent>& events) {
    proto::BatchRecord record;
    record.set_node(1);
    record.set_incarnation(1);
    record.set_number(++batches_);
    for (const Sent& sent : events) {
      proto::BatchEvent* const event = record.add_events();
      event->set_event(sent.text);
      event->set_key(sent.key);
      event->set_subject(sent.subject);
      event->set_cursor(sent.cursor);
      if (sent.expect) {
        event->set_expect_subject_seq(*sent.expect);
      }
      if (sent.session != 0) {
        event->set_session(std::string(16, sent.session));
        event->set_client_sequence(sent.number);
        event->set_outstanding(sent.number - sent.unanswered_from);
      }
    }
    absl::StatusOr<Entry> entry =
        MakeEntry(position_, Epoch(1), EntryKind::kBatch, record.SerializeAsString());
    EXPECT_TRUE(entry.ok());
    position_ = entry->position();
    std::vector<std::string> results;
    for (const EventResult& result : applied_.Apply(*std::move(entry)).results) {
      results.push_back(Text(result));
    }
    return results;
  }

  // What a restart makes of it.
  void SaveAndRestore() {
    proto::Snapshot snapshot;
    applied_.Save(&snapshot);
    applied_ = Applied(snapshot);
  }

  Applied applied_;

 private:
  static std::string Text(const EventResult& result) {
    const std::string number = std::to_string(result.sequence.value());
    switch (result.outcome) {
      case EventOutcome::kNone:
        return "-";
      case EventOutcome::kNumbered:
        return "n" + number;
      case EventOutcome::kDuplicate:
        return "d" + number;
      case EventOutcome::kRefused:
        return "r" + number;
      case EventOutcome::kRepeated:
        return "a" + number;
      case EventOutcome::kNotHeld:
        return "not held";
      case EventOutcome::kNoRoom:
        return "no room";
    }
    return "?";
  }

  Position position_{Index(1), {}};  // A log begins with an Epoch entry.
  uint64_t batches_ = 0;
};

using Results = std::vector<std::string>;

TEST_F(AppliedTest, ADurablePlaceBeginsBetweenTheEventsWhereItStandsAndIsKept) {
  proto::CursorChange hold;
  hold.set_name("audit");
  hold.set_hold(1);
  Sent change;
  change.cursor = hold.SerializeAsString();
  hold.set_kind(proto::CursorChange::MOVE);
  hold.set_hold(2);
  Sent stray;
  stray.cursor = hold.SerializeAsString();

  EXPECT_EQ(Apply({{"a"}, change, {"b"}, stray}), (Results{"n1", "-", "n2", "not held"}));
  SaveAndRestore();

  EXPECT_EQ(applied_.cursors().all().at("audit").place().global(), 1U);
}

TEST_F(AppliedTest, NumbersEventsAndNotMarks) {
  EXPECT_EQ(Apply({{"a", "", "", {}}, {"", "", "", {}}, {"b", "", "", {}}}),
            (Results{"n1", "-", "n2"}));
}

TEST_F(AppliedTest, AnIdIsFoundAgainAlsoAfterARestart) {
  EXPECT_EQ(Apply({{"a", "k", "", {}}, {"a", "k", "", {}}}), (Results{"n1", "d1"}));

  SaveAndRestore();

  EXPECT_EQ(Apply({{"a", "k", "", {}}, {"b", "l", "", {}}}), (Results{"d1", "n2"}));
}

TEST_F(AppliedTest, AConditionIsDecidedByTheSubjectsLastEvent) {
  EXPECT_EQ(Apply({{"a", "", "s", 0}, {"b", "", "s", 0}, {"c", "", "s", 1}, {"d", "", "t", 0}}),
            (Results{"n1", "r1", "n2", "n3"}));

  SaveAndRestore();

  EXPECT_EQ(Apply({{"e", "", "s", 1}, {"f", "", "s", {}}, {"g", "", "s", 4}}),
            (Results{"r2", "n4", "n5"}));
}

TEST_F(AppliedTest, ARefusedEventLeavesNoTrace) {
  Apply({{"a", "", "s", {}}});

  EXPECT_EQ(Apply({{"b", "k", "s", 7}}), Results{"r1"});

  EXPECT_EQ(Apply({{"b", "k", "s", 1}, {"b", "k", "s", 1}}), (Results{"n2", "d2"}));
}

TEST_F(AppliedTest, WhatAClientSendsAgainIsOneEventAlsoAfterARestart) {
  EXPECT_EQ(Apply({{"a", "", "", {}, 's', 1}, {"b", "", "", {}, 's', 2}}), (Results{"n1", "n2"}));

  SaveAndRestore();

  EXPECT_EQ(
      Apply({{"a", "", "", {}, 's', 1}, {"b", "", "", {}, 's', 2}, {"c", "", "", {}, 's', 3}}),
      (Results{"a1", "a2", "n3"}));
}

TEST_F(AppliedTest, WithoutTheRuleItIsAnotherEvent) {
  Rules rules;
  rules.session = false;
  applied_ = Applied(rules);

  EXPECT_EQ(Apply({{"a", "", "", {}, 's', 1}, {"a", "", "", {}, 's', 1}}), (Results{"n1", "n2"}));
}

TEST_F(AppliedTest, ARefusalStaysOneAlsoWhenTheConditionIsMetLater) {
  Apply({{"a", "", "s", {}}});
  EXPECT_EQ(Apply({{"b", "", "s", 2, 's', 1}, {"c", "", "s", {}}}), (Results{"r1", "n2"}));

  EXPECT_EQ(Apply({{"b", "", "s", 2, 's', 1}}), Results{"r1"});
}

TEST_F(AppliedTest, ARepeatedIdIsADuplicateInEveryTry) {
  EXPECT_EQ(Apply({{"a", "k", "", {}, 's', 1},
                   {"a", "k", "", {}, 's', 1},
                   {"b", "k", "", {}, 's', 2},
                   {"b", "k", "", {}, 's', 2}}),
            (Results{"n1", "a1", "d1", "d1"}));
}

TEST(RecentKeys, KeepsWhatIsUsedAgainAndAgain) {
  RecentKeys keys(3);
  keys.Use("rare", Sequence(1));
  for (uint64_t sequence = 2; sequence < 100; ++sequence) {
    keys.Use(sequence % 2 == 0 ? "a" : "b", Sequence(sequence));
  }

  EXPECT_EQ(keys.Find("rare"), Sequence(1));
  EXPECT_EQ(keys.Find("a"), Sequence(98));
  EXPECT_EQ(keys.Find("b"), Sequence(99));
}

TEST(RecentKeys, AreTheSameWhenTheyAreRestored) {
  RecentKeys keys(3);
  uint64_t sequence = 0;
  for (const char* const key : {"a", "b", "a", "c", "b"}) {
    keys.Use(key, Sequence(++sequence));
  }
  proto::KnownKeys saved;
  keys.Save(&saved);
  RecentKeys restored(3);
  restored.Restore(saved);

  keys.Use("d", Sequence(6));
  restored.Use("d", Sequence(6));

  for (const char* const key : {"a", "b", "c", "d"}) {
    EXPECT_EQ(restored.Find(key), keys.Find(key)) << key;
  }
  EXPECT_EQ(keys.Find("a"), std::nullopt);
}

TEST(RecentKeys, WhatIsIllFormedIsNotRestored) {
  proto::KnownKeys saved;
  saved.set_keys(std::string(16, 'a') + std::string(16, 'b') + std::string(16, 'c') + "cut");
  for (const uint64_t sequence : {7U, 7U, 8U, 9U, 10U}) {
    saved.add_sequences(sequence);
  }
  RecentKeys keys(10);

  keys.Restore(saved);

  EXPECT_EQ(keys.Find(std::string(16, 'a')), Sequence(7));
  EXPECT_EQ(keys.Find(std::string(16, 'b')), std::nullopt);
  EXPECT_EQ(keys.Find(std::string(16, 'c')), Sequence(8));
  EXPECT_EQ(keys.Find("cut"), std::nullopt);
}

TEST(RecentKeys, ForgetsTheOneThatWasNotUsedForLongest) {
  RecentKeys keys(2);
  keys.Use("a", Sequence(1));
  keys.Use("b", Sequence(2));
  keys.Use("a", Sequence(3));
  keys.Use("c", Sequence(4));

  EXPECT_EQ(keys.Find("a"), Sequence(3));
  EXPECT_EQ(keys.Find("b"), std::nullopt);
  EXPECT_EQ(keys.Find("c"), Sequence(4));
}

}  // namespace
}  // namespace peal::ordering
