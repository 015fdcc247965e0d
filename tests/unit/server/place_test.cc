#include "core/server/place.h"

#include <gtest/gtest.h>

namespace peal::server {
namespace {

const PlaceFormat kFormat(/*log=*/7, Incarnation(3), LocalNumber(20));

TEST(PlaceFormat, AnOwnPlaceComesBack) {
  const Place place{Sequence(5), LocalNumber(30)};

  EXPECT_EQ(kFormat.FromProto(kFormat.ToProto(place)), place);
}

TEST(PlaceFormat, WithoutLocalEventsItIsThePlaceOfTheOrder) {
  const Place place{Sequence(5), std::nullopt};

  EXPECT_EQ(kFormat.FromProto(kFormat.ToProto(place)), place);
}

TEST(PlaceFormat, AnotherNodesLocalEventsSayNothingHere) {
  const PlaceFormat other(/*log=*/8, Incarnation(9), LocalNumber(0));

  EXPECT_EQ(kFormat.FromProto(other.ToProto({Sequence(5), LocalNumber(30)})),
            (Place{Sequence(5), std::nullopt}));
}

TEST(PlaceFormat, WhatAnEarlierIncarnationHasShownAndLostIsNotHad) {
  const PlaceFormat before(/*log=*/7, Incarnation(2), LocalNumber(0));

  EXPECT_EQ(kFormat.FromProto(before.ToProto({Sequence(5), LocalNumber(25)})).local,
            LocalNumber(20));
  EXPECT_EQ(kFormat.FromProto(before.ToProto({Sequence(5), LocalNumber(15)})).local,
            LocalNumber(15));
}

}  // namespace
}  // namespace peal::server
