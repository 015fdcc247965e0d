#include "core/server/delivery.h"

#include <gtest/gtest.h>

#include <string>

#include "core/base/frame.h"
#include "proto/session.pb.h"
#include "tests/unit/server/taken_delivery.h"

namespace peal::server {
namespace {

TEST(Delivery, IsTheFrameOfADeliver) {
  const std::string large(300'000, 'x');
  proto::Place place;
  place.set_global(7);
  TakenDelivery taken;
  taken.out()->Add("one");
  taken.out()->Add("");
  taken.out()->Add(large);

  EXPECT_EQ(taken.out()->events(), 3U);
  const proto::Deliver deliver = taken.Take(place);
  EXPECT_EQ(deliver.request(), 1U);
  ASSERT_EQ(deliver.events_size(), 3);
  EXPECT_EQ(deliver.events(0), "one");
  EXPECT_EQ(deliver.events(1), "");
  EXPECT_EQ(deliver.events(2), large);
  EXPECT_EQ(deliver.place().global(), 7U);
}

TEST(Delivery, FollowsWhatTheOutputHolds) {
  proto::ServerFrame answer;
  answer.mutable_barrier()->set_request(5);
  std::string output;
  base::AppendFrame(&output, answer);
  const std::string before = output;
  Delivery delivery(UINT64_MAX, &output);
  delivery.Add("one");
  delivery.Finish({});

  base::FrameReader reader(1 << 20);
  reader.Append(output);
  EXPECT_EQ(reader.Next().value().value(), before.substr(base::kFrameHeaderBytes));
  proto::ServerFrame frame;
  ASSERT_TRUE(frame.ParseFromString(std::string(reader.Next().value().value())));
  EXPECT_EQ(frame.deliver().request(), UINT64_MAX);
  EXPECT_EQ(frame.deliver().events(0), "one");
}

TEST(Delivery, OfNothingLeavesNothing) {
  std::string output = "before";
  Delivery delivery(1, &output);
  delivery.Finish({});

  EXPECT_EQ(output, "before");
}

}  // namespace
}  // namespace peal::server
