#include "core/server/token_bucket.h"

#include <gtest/gtest.h>

namespace peal::server {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

const TokenBucket::TimePoint kStart = TokenBucket::TimePoint() + hours(1000);

// Whether so much could be taken; then it is.
bool Takes(TokenBucket* bucket, size_t amount, TokenBucket::TimePoint now) {
  const bool has = bucket->Has(amount, now);
  if (has) {
    bucket->Take(amount, now);
  }
  return has;
}

TEST(TokenBucket, GivesASecondsWorthAtOnceAndThenWhatFlowsIn) {
  TokenBucket bucket(10);

  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(Takes(&bucket, 1, kStart));
  }
  EXPECT_FALSE(Takes(&bucket, 1, kStart));
  EXPECT_FALSE(Takes(&bucket, 1, kStart + milliseconds(99)));
  EXPECT_TRUE(Takes(&bucket, 1, kStart + milliseconds(101)));
  EXPECT_FALSE(Takes(&bucket, 1, kStart + milliseconds(102)));
}

TEST(TokenBucket, KeepsNoMoreThanASecondsWorth) {
  TokenBucket bucket(2);
  EXPECT_TRUE(Takes(&bucket, 2, kStart));

  EXPECT_TRUE(Takes(&bucket, 2, kStart + hours(1)));
  EXPECT_FALSE(Takes(&bucket, 1, kStart + hours(1)));
}

TEST(TokenBucket, WhatIsLargerThanItWaitsForAFullOneAndIsPaidOff) {
  TokenBucket bucket(1000);

  EXPECT_TRUE(Takes(&bucket, 3000, kStart));
  EXPECT_FALSE(Takes(&bucket, 1, kStart + milliseconds(1999)));
  EXPECT_TRUE(Takes(&bucket, 1, kStart + milliseconds(2010)));
  EXPECT_FALSE(Takes(&bucket, 3000, kStart + milliseconds(2900)));
  EXPECT_TRUE(Takes(&bucket, 3000, kStart + milliseconds(3100)));
}

TEST(TokenBucket, IsFullWhenNothingIsOwedAnyMore) {
  TokenBucket bucket(4);
  EXPECT_TRUE(bucket.IsFull(kStart));

  EXPECT_TRUE(Takes(&bucket, 1, kStart));

  EXPECT_FALSE(bucket.IsFull(kStart + milliseconds(249)));
  EXPECT_TRUE(bucket.IsFull(kStart + milliseconds(251)));
}

TEST(TokenBucket, ZeroIsNoLimit) {
  TokenBucket bucket(0);

  EXPECT_TRUE(Takes(&bucket, size_t{1} << 40, kStart));
  EXPECT_TRUE(Takes(&bucket, 1, kStart));
  EXPECT_TRUE(bucket.IsFull(kStart));
}

}  // namespace
}  // namespace peal::server
