#include "ordering/corosync/nodelist.h"

#include <gtest/gtest.h>

namespace peal::ordering::corosync {
namespace {

TEST(NodelistFromKeys, ReadsNamesVotesAndCluster) {
  const Nodelist list = NodelistFromKeys({{"totem.cluster_name", "bus"},
                                          {"nodelist.node.0.nodeid", "3"},
                                          {"nodelist.node.0.name", "c"},
                                          {"nodelist.node.0.ring0_addr", "10.0.0.3"},
                                          {"nodelist.node.0.quorum_votes", "2"},
                                          {"nodelist.node.1.nodeid", "1"},
                                          {"nodelist.node.1.name", "a"},
                                          {"nodelist.local_node_pos", "0"}});

  EXPECT_EQ(list, (Nodelist{.cluster = "bus",
                            .nodes = {{.node = NodeId(1), .name = "a", .votes = 1},
                                      {.node = NodeId(3), .name = "c", .votes = 2}}}));
}

TEST(NodelistFromKeys, SortsByNodeIdAlsoBeyondTenNodes) {
  const Nodelist list = NodelistFromKeys({{"nodelist.node.10.nodeid", "2"},
                                          {"nodelist.node.2.nodeid", "10"},
                                          {"nodelist.node.9.nodeid", "1"}});

  ASSERT_EQ(list.nodes.size(), 3u);
  EXPECT_EQ(list.nodes[0].node, NodeId(1));
  EXPECT_EQ(list.nodes[1].node, NodeId(2));
  EXPECT_EQ(list.nodes[2].node, NodeId(10));
}

TEST(NodelistFromKeys, NamesANodeByItsAddressOrItsId) {
  const Nodelist list = NodelistFromKeys({{"nodelist.node.0.nodeid", "1"},
                                          {"nodelist.node.0.ring0_addr", "10.0.0.1"},
                                          {"nodelist.node.1.nodeid", "2"},
                                          {"nodelist.node.1.name", ""}});

  ASSERT_EQ(list.nodes.size(), 2u);
  EXPECT_EQ(list.nodes[0].name, "10.0.0.1");
  EXPECT_EQ(list.nodes[1].name, "2");
}

TEST(NodelistFromKeys, LeavesOutWhatIsNoNode) {
  const Nodelist list = NodelistFromKeys({{"nodelist.node.0.name", "no-id"},
                                          {"nodelist.node.1.nodeid", "x"},
                                          {"nodelist.node.2.nodeid", "0"},
                                          {"nodelist.node.x.nodeid", "5"},
                                          {"nodelist.node.3", "6"},
                                          {"nodelist.node.4.nodeid", "4294967296"},
                                          {"other.node.5.nodeid", "7"}});

  EXPECT_TRUE(list.nodes.empty());
}

TEST(NodelistFromKeys, TakesTheFirstOfTwoWithOneId) {
  const Nodelist list = NodelistFromKeys({{"nodelist.node.0.nodeid", "1"},
                                          {"nodelist.node.0.name", "first"},
                                          {"nodelist.node.1.nodeid", "1"},
                                          {"nodelist.node.1.name", "second"}});

  ASSERT_EQ(list.nodes.size(), 1u);
  EXPECT_EQ(list.nodes[0].name, "first");
}

TEST(NodelistFromKeys, KeepsNoVotesApartFromNoKey) {
  const Nodelist list =
      NodelistFromKeys({{"nodelist.node.0.nodeid", "1"}, {"nodelist.node.0.quorum_votes", "0"}});

  ASSERT_EQ(list.nodes.size(), 1u);
  EXPECT_EQ(list.nodes[0].votes, 0u);
}

}  // namespace
}  // namespace peal::ordering::corosync
