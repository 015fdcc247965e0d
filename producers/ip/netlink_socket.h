// A socket that hears of changes from rtnetlink, on the loop.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/io/loop.h"
#include "producers/ip/netlink_message.h"

struct nl_sock;

namespace peal::producers {

// Loop thread only; `Handler` outlives it.
class NetlinkSocket {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    // One change, as it comes.
    virtual void OnNews(const NetlinkNews& news) = 0;
    // The kernel dropped messages (the socket's buffer was full), or the socket was lost: dump
    // again, and compare.
    virtual void OnMissed() = 0;
  };

  // Of the kernel's buffer for what was not read yet.
  static constexpr size_t kReceiveBytes = 1 << 20;

  // Subscribes to `groups` (RTNLGRP_...). Internal: the kernel refuses.
  static absl::StatusOr<std::unique_ptr<NetlinkSocket>> Open(io::Loop* loop, Handler* handler,
                                                             const std::vector<int>& groups,
                                                             size_t receive_bytes = kReceiveBytes);
  ~NetlinkSocket();
  NetlinkSocket(const NetlinkSocket&) = delete;
  NetlinkSocket& operator=(const NetlinkSocket&) = delete;

 private:
  // Datagrams a wake-up, so that clients get their turn.
  static constexpr int kReceiveMax = 64;

  NetlinkSocket(Handler* handler, nl_sock* socket) : handler_(handler), socket_(socket) {}

  void OnReadable();

  Handler* const handler_;
  nl_sock* const socket_;
  bool missed_ = false;
  std::unique_ptr<io::Registration> watch_;
};

// All addresses (RTM_GETADDR) or interfaces (RTM_GETLINK) there are now, by a socket of its own
// that is closed again. The kernel answers at once, from memory. Internal: it refuses, or changes
// all the time.
absl::StatusOr<std::vector<NetlinkNews>> DumpNetlink(int request_type);

}  // namespace peal::producers
