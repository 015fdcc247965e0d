#include "client/backoff.h"

#include <gtest/gtest.h>

#include <set>

namespace peal::client {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, DoublesToItsLimitAndBeginsAnew) {
  Backoff backoff(1);

  for (int round = 0; round < 2; ++round) {
    for (milliseconds longest = Backoff::kMin; longest < Backoff::kMax; longest *= 2) {
      const milliseconds delay = backoff.Next();
      EXPECT_GE(delay, longest / 2);
      EXPECT_LE(delay, longest);
    }
    for (int i = 0; i < 100; ++i) {
      const milliseconds delay = backoff.Next();
      EXPECT_GE(delay, Backoff::kMax / 2);
      EXPECT_LE(delay, Backoff::kMax);
    }
    backoff.Reset();
  }
}

TEST(Backoff, ThoseWhoBeginTogetherDoNotComeTogether) {
  std::set<milliseconds> delays;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Backoff backoff(seed);
    milliseconds last{0};
    for (int i = 0; i < 10; ++i) {
      last = backoff.Next();
    }
    delays.insert(last);
  }

  // Of the 501 that are possible.
  EXPECT_GT(delays.size(), 120U);
  EXPECT_LT(*delays.begin(), milliseconds(550));
  EXPECT_GT(*delays.rbegin(), milliseconds(950));
}

}  // namespace
}  // namespace peal::client
