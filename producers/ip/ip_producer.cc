#include "producers/ip/ip_producer.h"

#include <linux/rtnetlink.h>

#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "core/log.h"
#include "producers/event_builder.h"

namespace peal::producers {
namespace {

ClassDescription DescribeAddresses() {
  return {.name = "ip",
          .description = "IP addresses of the node's interfaces",
          .mode = "pushed",
          .types = {"ip.added", "ip.removed"},
          .attributes =
              {{.name = "address", .type = "string", .unit = "", .meaning = "the address"},
               {.name = "family", .type = "string", .unit = "", .meaning = "ipv4 or ipv6"},
               {.name = "interface", .type = "string", .unit = "", .meaning = "its interface"},
               {.name = "prefix",
                .type = "int",
                .unit = "bits",
                .meaning = "length of the network's prefix"}},
          .cost = "one netlink socket; nothing while nothing changes"};
}

}  // namespace

IpProducer::IpProducer(io::Loop* loop, Clock clock, size_t receive_bytes)
    : loop_(loop),
      clock_(std::move(clock)),
      receive_bytes_(receive_bytes),
      description_(DescribeAddresses()) {}

absl::Status IpProducer::Start(Emit emit) {
  // Subscribed first, so that nothing happens unseen between the dump and the subscription.
  PEAL_ASSIGN_OR_RETURN(
      socket_,
      NetlinkSocket::Open(loop_, this, {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR},
                          receive_bytes_));
  absl::Status status = Read().status();
  if (!status.ok()) {
    Stop();
    return status;
  }
  last_read_ = clock_();
  emit_ = std::move(emit);
  return absl::OkStatus();
}

void IpProducer::Stop() {
  socket_.reset();
  addresses_ = AddressTable();
  links_ = LinkTable();
  emit_ = nullptr;
}

void IpProducer::OnNews(const NetlinkNews& news) {
  last_read_ = clock_();
  if (const auto* link = std::get_if<LinkNews>(&news)) {
    if (link->removed) {
      links_.Remove(link->link.index);
    } else {
      links_.Set(link->link);
    }
    return;
  }
  const auto& address = std::get<AddressNews>(news);
  Publish(addresses_.Set(address.address, address.usable), last_read_);
}

void IpProducer::OnMissed() {
  const Timestamp from = last_read_;
  absl::StatusOr<std::vector<AddressChange>> changes = Read();
  if (!changes.ok()) {
    log::Error("producer ip: {}", std::string(changes.status().message()));
    return;
  }
  last_read_ = clock_();
  Publish(*changes, from);
}

absl::StatusOr<std::vector<AddressChange>> IpProducer::Read() {
  PEAL_ASSIGN_OR_RETURN(const std::vector<NetlinkNews> link_news, DumpNetlink(RTM_GETLINK));
  PEAL_ASSIGN_OR_RETURN(const std::vector<NetlinkNews> address_news, DumpNetlink(RTM_GETADDR));
  // Interfaces that are gone stay, for the names of their addresses, until the kernel reuses the
  // index.
  for (const NetlinkNews& news : link_news) {
    if (const auto* link = std::get_if<LinkNews>(&news)) {
      links_.Set(link->link);
    }
  }
  std::vector<Address> addresses;
  for (const NetlinkNews& news : address_news) {
    const auto* address = std::get_if<AddressNews>(&news);
    if (address != nullptr && address->usable) {
      addresses.push_back(address->address);
    }
  }
  return addresses_.Replace(addresses);
}

void IpProducer::Publish(const std::vector<AddressChange>& changes, Timestamp from) {
  for (const AddressChange& change : changes) {
    const Address& address = change.address;
    emit_(EventBuilder(change.added ? "ip.added" : "ip.removed", address.address)
              .Text("address", address.address)
              .Text("family", address.family)
              .Text("interface", links_.NameOf(address.index))
              .Integer("prefix", address.prefix)
              .Observed(from, last_read_)
              .Build());
  }
}

}  // namespace peal::producers
