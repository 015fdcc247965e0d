// What a journal gives back is checked before the machine goes on from it.
#include "ordering/replica/journal_entries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "ordering/snapshot.h"

namespace peal::ordering {
namespace {

using ::testing::HasSubstr;

proto::Snapshot StateAt(uint64_t index, uint64_t sequence) {
  proto::Snapshot snapshot;
  *snapshot.mutable_position() = ToProto(Position{Index(index), {}});
  snapshot.set_sequence(sequence);
  snapshot.mutable_voters()->mutable_current()->add_voters()->set_node(1);
  return snapshot;
}

journal::Recovered At(const proto::Snapshot& snapshot) {
  journal::Recovered recovered;
  recovered.promised = Epoch(5);
  recovered.log_epoch = Epoch(4);
  recovered.checkpoint.index = Index(snapshot.position().index());
  recovered.checkpoint.sequence = Sequence(snapshot.sequence());
  recovered.checkpoint.summary = snapshot.SerializeAsString();
  return recovered;
}

journal::Record RecordAfter(const Position& before, EntryKind kind, const std::string& payload) {
  const Epoch epoch(4);
  return {.index = before.index.Next(),
          .epoch = epoch,
          .kind = static_cast<uint8_t>(kind),
          .opens_epoch = false,
          .chain = NextChain(before, epoch, kind, payload),
          .payload = std::make_shared<const std::string>(payload),
          .note = ""};
}

std::string ErrorOf(const journal::Recovered& recovered) {
  const absl::Status status = FromJournal(recovered).status();
  EXPECT_TRUE(status.ok() || absl::IsDataLoss(status));
  return status.ok() ? "ok" : std::string(status.message());
}

TEST(FromJournal, GoesOnFromAStateAndWhatFollowsIt) {
  journal::Recovered recovered = At(StateAt(7, 70));
  recovered.records.push_back(RecordAfter({Index(7), {}}, EntryKind::kBatch, ""));

  const absl::StatusOr<Recovered> out = FromJournal(recovered);

  ASSERT_TRUE(out.ok()) << out.status();
  EXPECT_EQ(out->entries.size(), 1U);
}

TEST(FromJournal, RefusesALogOfAnEpochThatWasNeverPromised) {
  journal::Recovered recovered = At(StateAt(7, 70));
  recovered.log_epoch = Epoch(6);
  EXPECT_THAT(ErrorOf(recovered), HasSubstr("of epoch 6"));
}

TEST(FromJournal, RefusesAStateThatIsOfNoLog) {
  EXPECT_EQ(ErrorOf(At(StateAt(7, 70))), "ok");
  EXPECT_THAT(ErrorOf(At(StateAt(7, 0))), HasSubstr("none of Peal's"));
  EXPECT_THAT(ErrorOf(At(StateAt(0, 70))), HasSubstr("none of Peal's"));
  EXPECT_THAT(ErrorOf(At(StateAt(UINT64_MAX, 70))), HasSubstr("none of Peal's"));
  EXPECT_THAT(ErrorOf(At(StateAt(7, UINT64_MAX))), HasSubstr("none of Peal's"));
  proto::Snapshot without_voters = StateAt(7, 70);
  without_voters.clear_voters();
  EXPECT_THAT(ErrorOf(At(without_voters)), HasSubstr("none of Peal's"));
}

TEST(FromJournal, RefusesALogThatDoesNotBeginWithItsVoters) {
  proto::EpochRecord epoch;
  epoch.set_epoch(4);
  for (const journal::Record& record :
       {RecordAfter({}, EntryKind::kBatch, ""),
        RecordAfter({}, EntryKind::kEpoch, epoch.SerializeAsString())}) {
    journal::Recovered recovered = At({});
    recovered.records.push_back(record);
    EXPECT_THAT(ErrorOf(recovered), HasSubstr("entry 1 does not continue"));
  }
}

}  // namespace
}  // namespace peal::ordering
