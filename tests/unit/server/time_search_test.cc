#include "core/server/time_search.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "proto/event.pb.h"

namespace peal::server {
namespace {

// Gives two events at a time.
class ShortHistory : public History {
 public:
  Sequence first() const override { return first_; }
  Sequence PlaceBefore(int64_t) const override { return before_; }
  void Read(Sequence from, size_t, Callback done) override {
    if (!status_.ok() || from < first_) {
      done(status_.ok() ? absl::NotFoundError("trimmed") : status_);
      return;
    }
    EventChunk events;
    for (uint64_t at = from.value(); at <= times_.size() && events.size() < 2; ++at) {
      proto::Event event;
      event.set_type("app.x");
      event.set_time_us(times_[at - 1]);
      EXPECT_TRUE(events.Add(Sequence(at), Epoch(1), event.SerializeAsString()));
    }
    done(std::move(events));
  }

  Sequence first_{1};
  Sequence before_{1};
  std::vector<int64_t> times_;
  absl::Status status_;
};

class TimeSearchTest : public testing::Test {
 protected:
  absl::StatusOr<Sequence> Find(int64_t time_us) {
    absl::StatusOr<Sequence> found = absl::UnknownError("not called");
    FindSince(&history_, time_us, Sequence(history_.times_.size()),
              [&found](absl::StatusOr<Sequence> result) { found = std::move(result); });
    return found;
  }

  ShortHistory history_;
};

TEST_F(TimeSearchTest, FindsTheFirstEventOfThatTimeOrLater) {
  history_.times_ = {10, 20, 30, 40, 50};

  EXPECT_EQ(Find(5).value(), Sequence(1));
  EXPECT_EQ(Find(30).value(), Sequence(3));
  EXPECT_EQ(Find(31).value(), Sequence(4));
}

TEST_F(TimeSearchTest, BeyondTheLastItIsTheNextToCome) {
  history_.times_ = {10, 20, 30};

  EXPECT_EQ(Find(31).value(), Sequence(4));
  history_.times_.clear();
  EXPECT_EQ(Find(1).value(), Sequence(1));
}

TEST_F(TimeSearchTest, WhatIsTrimmedIsPassedOver) {
  history_.times_ = {10, 20, 30, 40, 50};
  history_.first_ = Sequence(4);

  EXPECT_EQ(Find(15).value(), Sequence(4));
}

TEST_F(TimeSearchTest, ItBeginsWhereTheHistorySays) {
  history_.times_ = {40, 20, 30, 40, 50};
  history_.before_ = Sequence(3);

  EXPECT_EQ(Find(35).value(), Sequence(4));
}

TEST_F(TimeSearchTest, WhatCannotBeReadIsSaid) {
  history_.times_ = {10};
  history_.status_ = absl::DataLossError("a byte is wrong");

  EXPECT_TRUE(absl::IsDataLoss(Find(5).status()));
}

}  // namespace
}  // namespace peal::server
