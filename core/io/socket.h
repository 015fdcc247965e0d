// Unix sockets: who owns a descriptor, how a daemon binds its path, and who is at the other end.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace peal::io {

// Whose socket a daemon's is, where there is such a group.
inline constexpr const char* kSocketGroup = "peal";

// Owns a descriptor.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  ~UniqueFd() { Reset(); }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      Reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  void Reset();

 private:
  int fd_ = -1;
};

// What the kernel says about a peer. `exe` is read from /proc afterwards and may be empty.
struct PeerCredentials {
  uid_t uid = 0;
  gid_t gid = 0;
  pid_t pid = 0;
  std::string exe;
  std::vector<gid_t> groups;  // Beside `gid`, as they were when it connected.
};

// Unavailable when the kernel tells nothing.
absl::StatusOr<PeerCredentials> ReadPeerCredentials(int fd);

// This process, without its groups.
PeerCredentials OwnCredentials();

// Connects to a listener, without blocking later on. Unavailable when nobody answers,
// InvalidArgument for a path that no socket can have.
absl::StatusOr<UniqueFd> ConnectUnix(const std::string& path);

// A listening unix socket. Removes its path when it is destroyed, unless another took it over.
class UnixListener {
 public:
  // Makes the folder when it is missing. Takes over the path of a daemon that is gone, with mode
  // 0660 and the group kSocketGroup where there is one. AlreadyExists when a daemon answers there
  // or the path is no socket; InvalidArgument for a path that no socket can have; Unavailable for
  // what the system refuses.
  static absl::StatusOr<UnixListener> Bind(const std::string& path);

  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;
  UnixListener(UnixListener&&) noexcept = default;
  UnixListener& operator=(UnixListener&&) = delete;
  ~UnixListener();

  int fd() const { return fd_.get(); }

  // The next connection, non-blocking and closed on exec; nullopt when none waits.
  // ResourceExhausted when the process or the system is out of descriptors or memory.
  absl::StatusOr<std::optional<UniqueFd>> Accept();

 private:
  UnixListener(UniqueFd fd, std::string path, ino_t inode)
      : fd_(std::move(fd)), path_(std::move(path)), inode_(inode) {}

  UniqueFd fd_;
  std::string path_;
  ino_t inode_;
};

}  // namespace peal::io
