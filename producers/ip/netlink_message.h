// What a message of rtnetlink says about addresses and interfaces. Pure; reads bytes only.
#pragma once

#include <linux/netlink.h>

#include <optional>
#include <variant>

#include "producers/ip/address_table.h"
#include "producers/ip/link_table.h"

namespace peal::producers {

struct AddressNews {
  Address address;
  bool usable = false;
};
struct LinkNews {
  Link link;
  bool removed = false;
};
using NetlinkNews = std::variant<AddressNews, LinkNews>;

// nullopt: of another kind, or malformed. An address that is removed, tentative or a duplicate
// (IPv6 duplicate address detection has not ended, or found another owner) is not usable; an
// optimistic one is. An interface that leaves a bridge (family AF_BRIDGE) is no interface that is
// removed.
std::optional<NetlinkNews> ParseNetlink(nlmsghdr* header);

}  // namespace peal::producers
