// The class `ip`: addresses that are added to and removed from this machine's interfaces.
//
// An IPv6 address is added when it can be used, that is when duplicate address detection has ended
// well; it is removed when it no longer can, also when the kernel keeps it as a failed one. An
// address whose interface goes is removed.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "core/io/loop.h"
#include "peal/event.h"
#include "producers/ip/address_table.h"
#include "producers/ip/link_table.h"
#include "producers/ip/netlink_socket.h"
#include "producers/producer.h"

namespace peal::producers {

using Clock = std::function<Timestamp()>;

// Loop thread only. The loop outlives it.
class IpProducer : public Producer, private NetlinkSocket::Handler {
 public:
  IpProducer(io::Loop* loop, Clock clock, size_t receive_bytes = NetlinkSocket::kReceiveBytes);

  const ClassDescription& description() const override { return description_; }
  absl::Status Start(Emit emit) override;
  void Stop() override;

 private:
  void OnNews(const NetlinkNews& news) override;
  void OnMissed() override;
  // The tables as they are now; the changes of addresses since.
  absl::StatusOr<std::vector<AddressChange>> Read();
  void Publish(const std::vector<AddressChange>& changes, Timestamp from);

  io::Loop* const loop_;
  const Clock clock_;
  const size_t receive_bytes_;
  const ClassDescription description_;
  Emit emit_;
  std::unique_ptr<NetlinkSocket> socket_;
  AddressTable addresses_;
  LinkTable links_;      // For the names.
  Timestamp last_read_;  // When the table was known to be right.
};

}  // namespace peal::producers
