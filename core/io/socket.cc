#include "core/io/socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "core/base/errno_text.h"
#include "core/base/status_macros.h"
#include "core/io/account.h"
#include "core/log.h"
#include "fmt/format.h"

namespace peal::io {
namespace {

constexpr int kBacklog = 128;
constexpr mode_t kSocketMode = 0660;
// A process has no more groups (getgroups(2), NGROUPS_MAX).
constexpr size_t kGroupsMax = 65536;

absl::StatusOr<sockaddr_un> Address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(fmt::format(
        "socket path '{}' has {} bytes, the system allows 1 to {}; choose a shorter one", path,
        path.size(), sizeof(address.sun_path) - 1));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

const sockaddr* Generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

absl::StatusOr<UniqueFd> NewSocket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) {
    return absl::UnavailableError(fmt::format("no socket: {}", base::ErrnoText(errno)));
  }
  return fd;
}

absl::Status MakeFolderOf(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!folder.empty()) {
    std::filesystem::create_directories(folder, error);
  }
  if (error) {
    return absl::UnavailableError(
        fmt::format("cannot make the folder of {}: {}", path, error.message()));
  }
  return absl::OkStatus();
}

// Removes what a daemon that is gone left behind, and nothing else.
absl::Status RemoveStale(const std::string& path, const sockaddr_un& address) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) {
    return absl::OkStatus();  // Nothing there; if it cannot be seen, bind will say so.
  }
  if (!S_ISSOCK(found.st_mode)) {
    return absl::AlreadyExistsError(
        fmt::format("{} exists and is not a socket; remove it or choose another path", path));
  }
  PEAL_ASSIGN_OR_RETURN(const UniqueFd probe, NewSocket());
  // Only a refused connection proves that nobody listens: EAGAIN is a daemon with a full backlog.
  if (::connect(probe.get(), Generic(address), sizeof(address)) == 0 || errno != ECONNREFUSED) {
    return absl::AlreadyExistsError(
        fmt::format("another daemon answers at {}; stop it or choose another path", path));
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return absl::UnavailableError(
        fmt::format("cannot remove the stale socket {}: {}", path, base::ErrnoText(errno)));
  }
  return absl::OkStatus();
}

absl::Status OpenToGroup(const std::string& path) {
  const absl::StatusOr<gid_t> gid = FindGroup(kSocketGroup);
  if (gid.ok() && ::chown(path.c_str(), static_cast<uid_t>(-1), *gid) != 0) {
    // A daemon of an ordinary user cannot give its socket away; its own group may use it then.
    log::Warn("cannot give {} to the group {}: {}", path, kSocketGroup, base::ErrnoText(errno));
  }
  if (::chmod(path.c_str(), kSocketMode) != 0) {
    return absl::UnavailableError(
        fmt::format("cannot set the mode of {}: {}", path, base::ErrnoText(errno)));
  }
  return absl::OkStatus();
}

// The kernel says how many there are when it is given room for too few (net/core/sock.c,
// SO_PEERGROUPS).
absl::StatusOr<std::vector<gid_t>> ReadPeerGroups(int fd) {
  std::vector<gid_t> groups(32);
  auto bytes = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
  int failed = ::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes);
  if (failed != 0 && errno == ERANGE && bytes <= kGroupsMax * sizeof(gid_t)) {
    groups.resize(bytes / sizeof(gid_t));
    failed = ::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes);
  }
  if (failed != 0) {
    return absl::UnavailableError(fmt::format("no groups of the peer: {}", base::ErrnoText(errno)));
  }
  groups.resize(bytes / sizeof(gid_t));
  return groups;
}

std::string ReadExe(const std::string& link) {
  std::error_code error;
  const std::filesystem::path exe = std::filesystem::read_symlink(link, error);
  return error ? std::string() : exe.string();
}

}  // namespace

void UniqueFd::Reset() {
  if (fd_ >= 0) {
    ::close(std::exchange(fd_, -1));
  }
}

absl::StatusOr<PeerCredentials> ReadPeerCredentials(int fd) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return absl::UnavailableError(
        fmt::format("no credentials of the peer: {}", base::ErrnoText(errno)));
  }
  PEAL_ASSIGN_OR_RETURN(std::vector<gid_t> groups, ReadPeerGroups(fd));
  return PeerCredentials{peer.uid, peer.gid, peer.pid,
                         ReadExe(fmt::format("/proc/{}/exe", peer.pid)), std::move(groups)};
}

PeerCredentials OwnCredentials() {
  return {::geteuid(), ::getegid(), ::getpid(), ReadExe("/proc/self/exe")};
}

absl::StatusOr<UniqueFd> ConnectUnix(const std::string& path) {
  PEAL_ASSIGN_OR_RETURN(const sockaddr_un address, Address(path));
  PEAL_ASSIGN_OR_RETURN(UniqueFd fd, NewSocket());
  if (::connect(fd.get(), Generic(address), sizeof(address)) != 0) {
    return absl::UnavailableError(
        fmt::format("cannot connect to {}: {}", path, base::ErrnoText(errno)));
  }
  return fd;
}

absl::StatusOr<UnixListener> UnixListener::Bind(const std::string& path) {
  PEAL_ASSIGN_OR_RETURN(const sockaddr_un address, Address(path));
  PEAL_RETURN_IF_ERROR(MakeFolderOf(path));
  PEAL_RETURN_IF_ERROR(RemoveStale(path, address));
  PEAL_ASSIGN_OR_RETURN(UniqueFd fd, NewSocket());
  // A socket file gets its socket's mode less the umask (unix(7), "Pathname socket ownership and
  // permissions"): never wider than meant, not even before chmod.
  ::fchmod(fd.get(), kSocketMode);
  if (::bind(fd.get(), Generic(address), sizeof(address)) != 0) {
    const int error = errno;
    const std::string text = fmt::format("cannot bind {}: {}", path, base::ErrnoText(error));
    return error == EADDRINUSE ? absl::AlreadyExistsError(text) : absl::UnavailableError(text);
  }
  PEAL_RETURN_IF_ERROR(OpenToGroup(path));
  struct stat made {};
  if (::stat(path.c_str(), &made) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    return absl::UnavailableError(
        fmt::format("cannot listen at {}: {}", path, base::ErrnoText(errno)));
  }
  return UnixListener(std::move(fd), path, made.st_ino);
}

UnixListener::~UnixListener() {
  struct stat found {};
  if (fd_.valid() && ::lstat(path_.c_str(), &found) == 0 && found.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
}

absl::StatusOr<std::optional<UniqueFd>> UnixListener::Accept() {
  UniqueFd fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (fd.valid()) {
    return std::optional<UniqueFd>(std::move(fd));
  }
  switch (errno) {
    case EAGAIN:
    case EINTR:
    case ECONNABORTED:
      return std::optional<UniqueFd>();
    default:
      return absl::ResourceExhaustedError(
          fmt::format("cannot accept a connection: {}", base::ErrnoText(errno)));
  }
}

}  // namespace peal::io
