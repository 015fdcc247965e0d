// The cluster's configuration as corosync keeps it in cmap. Pure; no IO.
#pragma once

#include <map>
#include <string>

#include "ordering/types.h"

namespace peal::ordering::corosync {

// Makes a nodelist of cmap's keys and values as text: totem.cluster_name and
// nodelist.node.N.{nodeid,name,ring0_addr,quorum_votes}. Sorted by node id. Without a name a node
// has its ring0_addr for a name, and without that its id; without quorum_votes it has one vote, as
// in corosync. What is no node (no id, or an id that is no number) is left out; of two with one id
// the first stays.
Nodelist NodelistFromKeys(const std::map<std::string, std::string>& keys);

}  // namespace peal::ordering::corosync
