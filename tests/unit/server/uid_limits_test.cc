#include "core/server/uid_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/server/accounts.h"

namespace peal::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;

class UidLimitsTest : public testing::Test {
 protected:
  UidLimitsTest() { options_.access = Access(kOwner, {}); }

  absl::Status Enter(uid_t uid) { return limits_.Enter(uid, now_); }
  void Leave(uid_t uid) { limits_.Leave(uid, now_); }
  absl::Status Publish(uid_t uid, size_t data_bytes = 0) {
    proto::Event event;
    event.set_data(std::string(data_bytes, 'x'));
    return limits_.TakePublish(uid, event, now_);
  }
  static void ExpectExhausted(const absl::Status& status, const std::string& limit) {
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
    EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("uid 1000"), HasSubstr(limit)));
  }

  ServerOptions options_;
  UidLimits limits_{&options_};
  UidLimits::TimePoint now_ = UidLimits::TimePoint() + seconds(1000);
};

TEST_F(UidLimitsTest, AUidHasSoManySessionsAtATime) {
  options_.sessions_per_uid = 2;
  EXPECT_TRUE(Enter(kAlice).ok());
  EXPECT_TRUE(Enter(kAlice).ok());

  ExpectExhausted(Enter(kAlice), "sessions_per_uid");
  EXPECT_TRUE(Enter(kBob).ok());

  // Who was refused did not count.
  Leave(kAlice);
  EXPECT_TRUE(Enter(kAlice).ok());
  ExpectExhausted(Enter(kAlice), "2 sessions");
}

TEST_F(UidLimitsTest, AUidPublishesSoManyEventsASecondOverAllItsSessions) {
  options_.publish_rate_per_uid = 3;
  ASSERT_TRUE(Enter(kAlice).ok());
  ASSERT_TRUE(Enter(kAlice).ok());
  ASSERT_TRUE(Enter(kBob).ok());
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(Publish(kAlice).ok());
  }

  ExpectExhausted(Publish(kAlice), "publish_rate_per_uid");
  EXPECT_TRUE(Publish(kBob).ok());
  now_ += milliseconds(340);
  EXPECT_TRUE(Publish(kAlice).ok());
  ExpectExhausted(Publish(kAlice), "3 events a second");
}

TEST_F(UidLimitsTest, AUidPublishesSoManyBytesASecond) {
  options_.publish_bytes_per_uid = 10'000;
  ASSERT_TRUE(Enter(kAlice).ok());
  EXPECT_TRUE(Publish(kAlice, 6'000).ok());

  ExpectExhausted(Publish(kAlice, 6'000), "publish_bytes_per_uid");
  EXPECT_TRUE(Publish(kAlice, 3'000).ok());
  now_ += seconds(1);
  EXPECT_TRUE(Publish(kAlice, 6'000).ok());
}

TEST_F(UidLimitsTest, AnEventThatIsRefusedTakesNothing) {
  options_.publish_rate_per_uid = 2;
  options_.publish_bytes_per_uid = 1'000;
  ASSERT_TRUE(Enter(kAlice).ok());
  EXPECT_TRUE(Publish(kAlice, 500).ok());

  EXPECT_FALSE(Publish(kAlice, 900).ok());
  EXPECT_TRUE(Publish(kAlice).ok());
  ExpectExhausted(Publish(kAlice), "publish_rate_per_uid");
}

TEST_F(UidLimitsTest, ThereIsNoRateByDefault) {
  ASSERT_TRUE(Enter(kAlice).ok());
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_TRUE(Publish(kAlice, 1'000).ok());
  }
}

TEST_F(UidLimitsTest, RootAndTheOwnerHaveNoLimits) {
  options_.sessions_per_uid = 1;
  options_.publish_rate_per_uid = 1;
  options_.publish_bytes_per_uid = 1;
  for (const uid_t uid : {uid_t{0}, kOwner}) {
    EXPECT_TRUE(Enter(uid).ok());
    EXPECT_TRUE(Enter(uid).ok());
    EXPECT_TRUE(Publish(uid, 100).ok());
    EXPECT_TRUE(Publish(uid, 100).ok());
    Leave(uid);
    Leave(uid);
  }
  EXPECT_EQ(limits_.known_count(), 0U);
}

TEST_F(UidLimitsTest, WhoConnectsAnewForEachEventHasTheSameLimit) {
  options_.publish_rate_per_uid = 2;
  const auto publish_over_its_own_session = [this] {
    EXPECT_TRUE(Enter(kAlice).ok());
    absl::Status taken = Publish(kAlice);
    Leave(kAlice);
    return taken;
  };
  EXPECT_TRUE(publish_over_its_own_session().ok());
  EXPECT_TRUE(publish_over_its_own_session().ok());

  ExpectExhausted(publish_over_its_own_session(), "publish_rate_per_uid");
}

TEST_F(UidLimitsTest, AUidIsForgottenWhenItsBucketsAreFull) {
  options_.publish_rate_per_uid = 1;
  ASSERT_TRUE(Enter(kAlice).ok());
  ASSERT_TRUE(Publish(kAlice).ok());
  Leave(kAlice);
  EXPECT_EQ(limits_.known_count(), 1U);

  now_ += seconds(2);
  ASSERT_TRUE(Enter(kBob).ok());

  EXPECT_EQ(limits_.known_count(), 1U);
}

TEST_F(UidLimitsTest, ManyUidsThatAreGoneAreNotAllKnown) {
  options_.sessions_max = 10;
  options_.publish_rate_per_uid = 1;
  ASSERT_TRUE(Enter(kAlice).ok());
  for (uid_t uid = 2000; uid < 5000; ++uid) {
    ASSERT_TRUE(Enter(uid).ok());
    ASSERT_TRUE(Publish(uid).ok());
    Leave(uid);
    ASSERT_LE(limits_.known_count(), 10 + UidLimits::kIdleMax + 1);
  }
  EXPECT_TRUE(Publish(kAlice).ok());
  ExpectExhausted(Publish(kAlice), "publish_rate_per_uid");
}

}  // namespace
}  // namespace peal::server
