#include "producers/ip/netlink_socket.h"

#include <fmt/format.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <string_view>
#include <utility>

#include "core/base/status_macros.h"
#include "core/log.h"

namespace peal::producers {
namespace {

// A dump during which the tables change is marked, and asked for again.
constexpr int kDumpTriesMax = 10;

struct SocketDeleter {
  void operator()(nl_sock* socket) const { nl_socket_free(socket); }
};
using OwnedSocket = std::unique_ptr<nl_sock, SocketDeleter>;

absl::Status NetlinkStatus(int result, std::string_view what) {
  return result < 0 ? absl::InternalError(fmt::format("{}: {}", what, nl_geterror(result)))
                    : absl::OkStatus();
}

absl::StatusOr<OwnedSocket> Connect() {
  OwnedSocket socket(nl_socket_alloc());
  if (socket == nullptr) {
    return absl::ResourceExhaustedError("netlink: out of memory");
  }
  PEAL_RETURN_IF_ERROR(NetlinkStatus(nl_connect(socket.get(), NETLINK_ROUTE), "netlink: connect"));
  return socket;
}

// A socket whose port is the process id is shown with the process's name by ss(8). Only one socket
// of a process can have it.
absl::StatusOr<OwnedSocket> ConnectVisibly() {
  OwnedSocket socket(nl_socket_alloc());
  if (socket != nullptr) {
    nl_socket_set_local_port(socket.get(), static_cast<uint32_t>(getpid()));
    if (nl_connect(socket.get(), NETLINK_ROUTE) == 0) {
      return socket;
    }
  }
  return Connect();
}

int CollectNews(nl_msg* message, void* list) noexcept {
  std::optional<NetlinkNews> news = ParseNetlink(nlmsg_hdr(message));
  if (news.has_value()) {
    static_cast<std::vector<NetlinkNews>*>(list)->push_back(std::move(*news));
  }
  return NL_OK;
}

int HandleNews(nl_msg* message, void* handler) noexcept {
  const std::optional<NetlinkNews> news = ParseNetlink(nlmsg_hdr(message));
  if (news.has_value()) {
    static_cast<NetlinkSocket::Handler*>(handler)->OnNews(*news);
  }
  return NL_OK;
}

absl::StatusOr<std::vector<NetlinkNews>> DumpOnce(int request_type, bool* interrupted) {
  PEAL_ASSIGN_OR_RETURN(OwnedSocket socket, Connect());
  std::vector<NetlinkNews> news;
  nl_socket_modify_cb(socket.get(), NL_CB_VALID, NL_CB_CUSTOM, CollectNews, &news);
  rtgenmsg request{.rtgen_family = AF_UNSPEC};
  PEAL_RETURN_IF_ERROR(NetlinkStatus(
      nl_send_simple(socket.get(), request_type, NLM_F_DUMP, &request, sizeof(request)),
      "netlink: request"));
  const int result = nl_recvmsgs_default(socket.get());
  *interrupted = result == -NLE_DUMP_INTR;
  PEAL_RETURN_IF_ERROR(NetlinkStatus(result, "netlink: dump"));
  return news;
}

}  // namespace

absl::StatusOr<std::unique_ptr<NetlinkSocket>> NetlinkSocket::Open(io::Loop* loop, Handler* handler,
                                                                   const std::vector<int>& groups,
                                                                   size_t receive_bytes) {
  PEAL_ASSIGN_OR_RETURN(OwnedSocket socket, ConnectVisibly());
  // What comes was not asked for, so it has no sequence numbers to check.
  nl_socket_disable_seq_check(socket.get());
  nl_socket_modify_cb(socket.get(), NL_CB_VALID, NL_CB_CUSTOM, HandleNews, handler);
  PEAL_RETURN_IF_ERROR(
      NetlinkStatus(nl_socket_set_buffer_size(socket.get(), static_cast<int>(receive_bytes), 0),
                    "netlink: buffer size"));
  PEAL_RETURN_IF_ERROR(NetlinkStatus(nl_socket_set_nonblocking(socket.get()), "netlink: flags"));
  for (int group : groups) {
    PEAL_RETURN_IF_ERROR(
        NetlinkStatus(nl_socket_add_membership(socket.get(), group), "netlink: subscribe"));
  }
  std::unique_ptr<NetlinkSocket> opened(new NetlinkSocket(handler, socket.release()));
  opened->watch_ = loop->Watch(nl_socket_get_fd(opened->socket_), io::Ready::kRead,
                               [raw = opened.get()] { raw->OnReadable(); });
  return opened;
}

NetlinkSocket::~NetlinkSocket() {
  watch_.reset();
  nl_socket_free(socket_);
}

void NetlinkSocket::OnReadable() {
  for (int i = 0; i < kReceiveMax; i++) {
    const int result = nl_recvmsgs_default(socket_);
    if (result >= 0) {
      continue;
    }
    if (result != -NLE_AGAIN) {
      // ENOBUFS, which libnl gives as out of memory. What is queued is older than what was dropped.
      if (!missed_) {
        log::Warn("netlink: {}: reading the tables again", nl_geterror(result));
      }
      missed_ = true;
      continue;
    }
    if (missed_) {
      missed_ = false;
      handler_->OnMissed();
    }
    return;
  }
}

absl::StatusOr<std::vector<NetlinkNews>> DumpNetlink(int request_type) {
  bool interrupted = true;
  absl::StatusOr<std::vector<NetlinkNews>> news = std::vector<NetlinkNews>();
  for (int i = 0; i < kDumpTriesMax && interrupted; i++) {
    news = DumpOnce(request_type, &interrupted);
  }
  return news;
}

}  // namespace peal::producers
