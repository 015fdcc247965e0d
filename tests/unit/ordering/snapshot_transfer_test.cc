// A joiner whose donor no longer holds the history that it lacks.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ordering/machine.h"
#include "ordering/snapshot_parts.h"
#include "tests/support/fake_cluster.h"

namespace peal::ordering {
namespace {

using ::peal::testing::FakeCluster;
using ::peal::testing::kPatience;
using ::testing::HasSubstr;

class SnapshotTransferTest : public ::testing::Test {
 protected:
  // Nodes 1 and 2 have ordered what node 3 missed, and forgotten it.
  SnapshotTransferTest() : cluster_(3) {
    cluster_.Settle();
    cluster_.Crash(3);
    cluster_.Settle();
    for (int i = 0; i < 20; ++i) {
      cluster_.Publish(1, fmt::format("missed-{}", i), fmt::format("key-{:011}", i));
      cluster_.Settle();
    }
    cluster_.ForgetHistory(1);
    cluster_.ForgetHistory(2);
  }

  // What a node's history has after the state it took over.
  std::vector<std::string> Since(uint32_t node, const std::string& first) {
    const std::vector<std::string>& history = cluster_.history(node);
    const auto found = std::find(history.begin(), history.end(), first);
    return {found, history.end()};
  }

  FakeCluster cluster_;
};

TEST_F(SnapshotTransferTest, TheJoinerGoesOnFromTheStateWithTheSameNumbers) {
  cluster_.Restart(3);
  cluster_.Heal();
  cluster_.Settle();
  cluster_.Tick(kPatience);
  cluster_.Settle();
  cluster_.Publish(3, "after");
  cluster_.Settle();

  ASSERT_THAT(cluster_.history(3).front(), HasSubstr(":state"));
  EXPECT_THAT(cluster_.history(3).back(), HasSubstr(":after"));
  const std::string next = cluster_.history(3)[1];
  EXPECT_EQ(Since(3, next), Since(1, next));
  EXPECT_TRUE(cluster_.machine(3).voters().current.Has(
      NodeId(3), cluster_.machine(3).install().journals.at(NodeId(3))));
}

TEST_F(SnapshotTransferTest, TheStateFindsRepeatedIds) {
  cluster_.Restart(3);
  cluster_.Heal();
  cluster_.Settle();
  cluster_.Tick(kPatience);
  cluster_.Settle();

  const uint64_t token = cluster_.Publish(3, "missed-7", fmt::format("key-{:011}", 7));
  cluster_.Settle();

  EXPECT_GT(cluster_.answer(3, token), 0U);
  for (uint32_t node = 1; node <= 3; ++node) {
    EXPECT_THAT(cluster_.history(node), ::testing::Not(::testing::Contains(fmt::format(
                                            "{}:missed-7", cluster_.answer(3, token) + 1))));
  }
  EXPECT_EQ(cluster_.machine(3).applied().sequence(), cluster_.machine(1).applied().sequence());
}

TEST_F(SnapshotTransferTest, WhatIsPublishedMeanwhileIsThereToo) {
  cluster_.Restart(3);
  cluster_.Heal();
  for (int i = 0; i < 30; ++i) {
    cluster_.Publish(1, fmt::format("live-{}", i));
    cluster_.DeliverSome(1, 2);
  }
  cluster_.Settle();
  cluster_.Tick(kPatience);
  cluster_.Settle();
  cluster_.Publish(2, "after");
  cluster_.Settle();

  const std::string next = cluster_.history(3)[1];
  EXPECT_EQ(Since(3, next), Since(1, next));
  EXPECT_EQ(cluster_.machine(3).applied().sequence(), cluster_.machine(1).applied().sequence());
}

TEST(SnapshotTransfer, WhatTheJoinerItselfPublishedIsInTheStateWithAnUnknownOutcome) {
  FakeCluster cluster(3);
  cluster.Settle();
  cluster.Pause(3);
  const uint64_t token = cluster.Publish(3, "committed without n3");
  cluster.Settle();
  cluster.LoseGroup(3);
  cluster.Resume(3);
  cluster.Settle();
  for (int i = 0; i < 20; ++i) {
    cluster.Publish(1, fmt::format("missed-{}", i));
    cluster.Settle();
  }
  cluster.ForgetHistory(1);
  cluster.ForgetHistory(2);

  cluster.Heal();
  cluster.Settle();
  cluster.Tick(kPatience);
  const uint64_t after = cluster.Publish(3, "after");
  cluster.Settle();

  EXPECT_EQ(cluster.answer(3, token), 0U);
  EXPECT_TRUE(cluster.unknown(3, token));
  EXPECT_GT(cluster.answer(3, after), 0U);
  EXPECT_FALSE(cluster.unknown(3, after));
}

TEST(SnapshotParts, TakesPiecesInOrderAndBeginsAnewWithANewerOne) {
  proto::Snapshot snapshot;
  *snapshot.mutable_position() = ToProto(Position{Index(5), {1}});
  snapshot.set_sequence(9);
  snapshot.mutable_voters()->mutable_current()->add_voters()->set_node(1);
  const std::string bytes = snapshot.SerializeAsString();
  const auto piece = [&](uint64_t offset, size_t size) {
    proto::SnapshotPiece out;
    *out.mutable_position() = snapshot.position();
    out.set_offset(offset);
    out.set_total_bytes(bytes.size());
    out.set_bytes(bytes.substr(offset, size));
    return out;
  };
  SnapshotParts parts;

  EXPECT_FALSE(parts.Take(piece(3, 4))->has_value()) << "it has not begun";
  EXPECT_FALSE(parts.Take(piece(0, 4))->has_value());
  EXPECT_EQ(parts.offset(), 4U);
  EXPECT_FALSE(parts.Take(piece(0, 4))->has_value()) << "it begins again";
  EXPECT_FALSE(parts.Take(piece(6, 4))->has_value()) << "a piece is missing";
  const auto whole = parts.Take(piece(4, bytes.size()));

  ASSERT_TRUE(whole.ok() && whole->has_value());
  EXPECT_EQ((*whole)->sequence(), 9U);
}

TEST(SnapshotParts, RefusesAStateThatIsOfNoLog) {
  proto::Snapshot snapshot;  // It has no voters.
  *snapshot.mutable_position() = ToProto(Position{Index(5), {1}});
  snapshot.set_sequence(9);
  proto::SnapshotPiece piece;
  *piece.mutable_position() = snapshot.position();
  piece.set_bytes(snapshot.SerializeAsString());
  piece.set_total_bytes(piece.bytes().size());
  SnapshotParts parts;

  EXPECT_EQ(parts.Take(piece).status().code(), absl::StatusCode::kDataLoss);
}

TEST(SnapshotParts, RefusesWhatIsNoSnapshot) {
  proto::SnapshotPiece piece;
  *piece.mutable_position() = ToProto(Position{Index(5), {1}});
  piece.set_total_bytes(3);
  piece.set_bytes("abc");
  SnapshotParts parts;

  EXPECT_EQ(parts.Take(piece).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(parts.offset(), 0U);
}

}  // namespace
}  // namespace peal::ordering
