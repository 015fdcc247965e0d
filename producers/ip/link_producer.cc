#include "producers/ip/link_producer.h"

#include <linux/rtnetlink.h>

#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "core/log.h"
#include "producers/event_builder.h"

namespace peal::producers {
namespace {

ClassDescription DescribeLinks() {
  return {.name = "link",
          .description = "Network interfaces of the node",
          .mode = "pushed",
          .types = {"link.up", "link.down"},
          .attributes = {{.name = "index",
                          .type = "int",
                          .unit = "",
                          .meaning = "the kernel's number of the interface"},
                         {.name = "interface", .type = "string", .unit = "", .meaning = "its name"},
                         {.name = "state",
                          .type = "string",
                          .unit = "",
                          .meaning = "the kernel's operational state (RFC 2863), or removed, or "
                                     "renamed"}},
          .cost = "one netlink socket; nothing while nothing changes"};
}

}  // namespace

LinkProducer::LinkProducer(io::Loop* loop, Clock clock, size_t receive_bytes)
    : loop_(loop),
      clock_(std::move(clock)),
      receive_bytes_(receive_bytes),
      description_(DescribeLinks()) {}

absl::Status LinkProducer::Start(Emit emit) {
  // Subscribed first, so that nothing happens unseen between the dump and the subscription.
  PEAL_ASSIGN_OR_RETURN(socket_, NetlinkSocket::Open(loop_, this, {RTNLGRP_LINK}, receive_bytes_));
  absl::Status status = Read().status();
  if (!status.ok()) {
    Stop();
    return status;
  }
  last_read_ = clock_();
  emit_ = std::move(emit);
  return absl::OkStatus();
}

void LinkProducer::Stop() {
  socket_.reset();
  links_ = LinkTable();
  emit_ = nullptr;
}

void LinkProducer::OnNews(const NetlinkNews& news) {
  const auto* link = std::get_if<LinkNews>(&news);
  if (link == nullptr) {
    return;
  }
  last_read_ = clock_();
  Publish(link->removed ? links_.Remove(link->link.index) : links_.Set(link->link), last_read_);
}

void LinkProducer::OnMissed() {
  const Timestamp from = last_read_;
  absl::StatusOr<std::vector<LinkChange>> changes = Read();
  if (!changes.ok()) {
    log::Error("producer link: {}", std::string(changes.status().message()));
    return;
  }
  last_read_ = clock_();
  Publish(*changes, from);
}

absl::StatusOr<std::vector<LinkChange>> LinkProducer::Read() {
  PEAL_ASSIGN_OR_RETURN(const std::vector<NetlinkNews> all, DumpNetlink(RTM_GETLINK));
  std::vector<Link> links;
  for (const NetlinkNews& news : all) {
    if (const auto* link = std::get_if<LinkNews>(&news)) {
      links.push_back(link->link);
    }
  }
  return links_.Replace(links);
}

void LinkProducer::Publish(const std::vector<LinkChange>& changes, Timestamp from) {
  for (const LinkChange& change : changes) {
    emit_(EventBuilder(change.up ? "link.up" : "link.down", change.link.name)
              .Integer("index", change.link.index)
              .Text("interface", change.link.name)
              .Text("state", change.link.state)
              .Observed(from, last_read_)
              .Build());
  }
}

}  // namespace peal::producers
