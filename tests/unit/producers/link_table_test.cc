#include "producers/ip/link_table.h"

#include <gtest/gtest.h>

namespace peal::producers {
namespace {

Link Up(int index, const std::string& name) {
  return {.index = index, .name = name, .up = true, .state = "up"};
}
Link Down(int index, const std::string& name) {
  return {.index = index, .name = name, .up = false, .state = "down"};
}

TEST(LinkTable, TellsUpAndDownOnce) {
  LinkTable table;

  EXPECT_TRUE(table.Set(Down(2, "eth0")).empty());
  EXPECT_EQ(table.Set(Up(2, "eth0")), (std::vector<LinkChange>{{true, Up(2, "eth0")}}));
  EXPECT_TRUE(table.Set(Up(2, "eth0")).empty());
  EXPECT_EQ(table.Set(Down(2, "eth0")), (std::vector<LinkChange>{{false, Down(2, "eth0")}}));
  EXPECT_TRUE(table.Set(Down(2, "eth0")).empty());
}

TEST(LinkTable, AnInterfaceThatGoesWhileUpWentDown) {
  LinkTable table;
  table.Set(Up(2, "eth0"));
  table.Set(Down(3, "eth1"));

  const std::vector<LinkChange> changes = table.Remove(2);

  ASSERT_EQ(changes.size(), 1u);
  EXPECT_FALSE(changes[0].up);
  EXPECT_EQ(changes[0].link.name, "eth0");
  EXPECT_EQ(changes[0].link.state, "removed");
  EXPECT_TRUE(table.Remove(3).empty());
  EXPECT_TRUE(table.Remove(2).empty());
}

TEST(LinkTable, ARenamedInterfaceIsAnother) {
  LinkTable table;
  table.Set(Up(2, "eth0"));

  const std::vector<LinkChange> changes = table.Set(Up(2, "lan0"));

  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].link.name, "eth0");
  EXPECT_FALSE(changes[0].up);
  EXPECT_EQ(changes[1], (LinkChange{true, Up(2, "lan0")}));
  EXPECT_EQ(table.NameOf(2), "lan0");
}

TEST(LinkTable, ADumpTellsWhatWasMissed) {
  LinkTable table;
  table.Set(Up(2, "eth0"));
  table.Set(Up(3, "eth1"));
  table.Set(Up(4, "eth2"));

  const std::vector<LinkChange> changes =
      table.Replace({Up(5, "eth3"), Down(3, "eth1"), Up(4, "eth2")});

  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(changes[0].link.name, "eth0");
  EXPECT_EQ(changes[1], (LinkChange{false, Down(3, "eth1")}));
  EXPECT_EQ(changes[2], (LinkChange{true, Up(5, "eth3")}));
  EXPECT_EQ(table.NameOf(2), "");
}

}  // namespace
}  // namespace peal::producers
