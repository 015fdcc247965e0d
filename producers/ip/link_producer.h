// The class `link`: network interfaces of this machine that come up and go down. One is up when it
// is set up and can carry packets (IFF_RUNNING: the operational state is up, or unknown to the
// driver).
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "producers/ip/ip_producer.h"
#include "producers/ip/link_table.h"
#include "producers/ip/netlink_socket.h"
#include "producers/producer.h"

namespace peal::producers {

// Loop thread only. The loop outlives it.
class LinkProducer : public Producer, private NetlinkSocket::Handler {
 public:
  LinkProducer(io::Loop* loop, Clock clock, size_t receive_bytes = NetlinkSocket::kReceiveBytes);

  const ClassDescription& description() const override { return description_; }
  absl::Status Start(Emit emit) override;
  void Stop() override;

 private:
  void OnNews(const NetlinkNews& news) override;
  void OnMissed() override;
  absl::StatusOr<std::vector<LinkChange>> Read();
  void Publish(const std::vector<LinkChange>& changes, Timestamp from);

  io::Loop* const loop_;
  const Clock clock_;
  const size_t receive_bytes_;
  const ClassDescription description_;
  Emit emit_;
  std::unique_ptr<NetlinkSocket> socket_;
  LinkTable links_;
  Timestamp last_read_;  // When the table was known to be right.
};

}  // namespace peal::producers
