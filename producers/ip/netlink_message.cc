#include "producers/ip/netlink_message.h"

#include <arpa/inet.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <string>
#include <string_view>

namespace peal::producers {
namespace {

// Operational states by number (RFC 2863, linux/if.h).
constexpr std::string_view kStates[] = {"unknown", "notpresent", "down", "lowerlayerdown",
                                        "testing", "dormant",    "up"};

std::string AddressText(int family, const nlattr* attribute) {
  const int bytes = family == AF_INET ? 4 : 16;
  char text[INET6_ADDRSTRLEN];
  if (nla_len(attribute) != bytes ||
      inet_ntop(family, nla_data(attribute), text, sizeof(text)) == nullptr) {
    return "";
  }
  return text;
}

std::optional<NetlinkNews> ParseAddress(nlmsghdr* header) {
  nlattr* attributes[IFA_MAX + 1];
  if (nlmsg_parse(header, sizeof(ifaddrmsg), attributes, IFA_MAX, nullptr) < 0) {
    return std::nullopt;
  }
  const auto* fixed = static_cast<const ifaddrmsg*>(nlmsg_data(header));
  if (fixed->ifa_family != AF_INET && fixed->ifa_family != AF_INET6) {
    return std::nullopt;
  }
  // On a point-to-point interface IFA_ADDRESS is the other end (linux/if_addr.h).
  const nlattr* own =
      attributes[IFA_LOCAL] != nullptr ? attributes[IFA_LOCAL] : attributes[IFA_ADDRESS];
  const std::string text = own == nullptr ? "" : AddressText(fixed->ifa_family, own);
  if (text.empty()) {
    return std::nullopt;
  }
  // The fixed field has only the low 8 bits.
  const nlattr* wide = attributes[IFA_FLAGS];
  const uint32_t flags =
      wide != nullptr && nla_len(wide) >= 4 ? nla_get_u32(wide) : fixed->ifa_flags;
  const bool tentative = (flags & IFA_F_TENTATIVE) != 0 && (flags & IFA_F_OPTIMISTIC) == 0;
  const bool usable =
      header->nlmsg_type == RTM_NEWADDR && !tentative && (flags & IFA_F_DADFAILED) == 0;
  return AddressNews{.address = {.index = static_cast<int>(fixed->ifa_index),
                                 .family = fixed->ifa_family == AF_INET ? "ipv4" : "ipv6",
                                 .address = text,
                                 .prefix = fixed->ifa_prefixlen},
                     .usable = usable};
}

std::optional<NetlinkNews> ParseLink(nlmsghdr* header) {
  nlattr* attributes[IFLA_MAX + 1];
  if (nlmsg_parse(header, sizeof(ifinfomsg), attributes, IFLA_MAX, nullptr) < 0) {
    return std::nullopt;
  }
  const auto* fixed = static_cast<const ifinfomsg*>(nlmsg_data(header));
  const nlattr* name = attributes[IFLA_IFNAME];
  if (fixed->ifi_family != AF_UNSPEC || name == nullptr || nla_len(name) < 1) {
    return std::nullopt;
  }
  const std::string_view raw(static_cast<const char*>(nla_data(name)),
                             static_cast<size_t>(nla_len(name)));
  const nlattr* state = attributes[IFLA_OPERSTATE];
  const uint8_t number = state != nullptr && nla_len(state) >= 1 ? nla_get_u8(state) : 0;
  constexpr unsigned kUp = IFF_UP | IFF_RUNNING;
  return LinkNews{
      .link = {.index = fixed->ifi_index,
               .name = std::string(raw.substr(0, raw.find('\0'))),
               .up = (fixed->ifi_flags & kUp) == kUp,
               .state = std::string(number < std::size(kStates) ? kStates[number] : "unknown")},
      .removed = header->nlmsg_type == RTM_DELLINK};
}

}  // namespace

std::optional<NetlinkNews> ParseNetlink(nlmsghdr* header) {
  switch (header->nlmsg_type) {
    case RTM_NEWADDR:
    case RTM_DELADDR:
      return ParseAddress(header);
    case RTM_NEWLINK:
    case RTM_DELLINK:
      return ParseLink(header);
    default:
      return std::nullopt;
  }
}

}  // namespace peal::producers
