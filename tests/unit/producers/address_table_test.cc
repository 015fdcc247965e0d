#include "producers/ip/address_table.h"

#include <gtest/gtest.h>

namespace peal::producers {
namespace {

const Address kOne{.index = 2, .family = "ipv4", .address = "10.0.0.1", .prefix = 24};
const Address kTwo{.index = 2, .family = "ipv4", .address = "10.0.0.2", .prefix = 24};
const Address kThree{.index = 3, .family = "ipv6", .address = "fd00::1", .prefix = 64};

TEST(AddressTable, TellsEachChangeOnce) {
  AddressTable table;

  EXPECT_EQ(table.Set(kOne, true), (std::vector<AddressChange>{{true, kOne}}));
  EXPECT_TRUE(table.Set(kOne, true).empty());
  EXPECT_EQ(table.Set(kOne, false), (std::vector<AddressChange>{{false, kOne}}));
  EXPECT_TRUE(table.Set(kOne, false).empty());
}

TEST(AddressTable, KeepsPrefixesAndInterfacesApart) {
  AddressTable table;
  Address wide = kOne;
  wide.prefix = 16;
  Address elsewhere = kOne;
  elsewhere.index = 9;

  EXPECT_EQ(table.Set(kOne, true).size(), 1u);
  EXPECT_EQ(table.Set(wide, true).size(), 1u);
  EXPECT_EQ(table.Set(elsewhere, true).size(), 1u);
}

TEST(AddressTable, ADumpTellsWhatWasMissed) {
  AddressTable table;
  table.Set(kOne, true);
  table.Set(kTwo, true);

  EXPECT_EQ(table.Replace({kThree, kTwo}),
            (std::vector<AddressChange>{{false, kOne}, {true, kThree}}));
  EXPECT_TRUE(table.Replace({kTwo, kThree}).empty());
}

}  // namespace
}  // namespace peal::producers
