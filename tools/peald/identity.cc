#include "tools/peald/identity.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "core/base/check.h"
#include "core/base/errno_text.h"
#include "core/base/status_macros.h"
#include "core/base/wall_clock.h"

namespace peal::daemon {
namespace {

absl::Status SystemError(const std::string& what) {
  const int error = errno;
  return absl::UnavailableError(fmt::format("{}: {}", what, base::ErrnoText(error)));
}

absl::StatusOr<io::UniqueFd> LockFolder(const std::string& data_dir) {
  std::error_code made;
  std::filesystem::create_directories(data_dir, made);
  if (made) {
    return absl::UnavailableError(
        fmt::format("data folder {} cannot be made: {}", data_dir, made.message()));
  }
  const std::string path = data_dir + "/lock";
  io::UniqueFd lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  if (lock.get() < 0) {
    return SystemError(path);
  }
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return absl::FailedPreconditionError(fmt::format(
          "another peald uses {}; stop it, or give this one another folder with --data", data_dir));
    }
    return SystemError(path);
  }
  return lock;
}

// 0: there is none.
absl::StatusOr<uint64_t> ReadCount(const std::string& path) {
  const io::UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    return errno == ENOENT ? absl::StatusOr<uint64_t>(0) : SystemError(path);
  }
  std::array<char, 32> text{};
  const ssize_t size = read(file.get(), text.data(), text.size());
  if (size < 0) {
    return SystemError(path);
  }
  uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + size, count);
  if (error != std::errc() || end == text.data() + size || *end != '\n') {
    return absl::DataLossError(fmt::format(
        "{} holds no number; write into it a number larger than any incarnation of this node",
        path));
  }
  return count;
}

// Written aside, synced, renamed, and the folder synced: whole or not at all, also after a power
// loss.
absl::Status WriteCount(const std::string& data_dir, const std::string& path, uint64_t count) {
  const std::string aside = path + ".new";
  const std::string text = fmt::format("{}\n", count);
  {
    const io::UniqueFd file(open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
    if (file.get() < 0 || write(file.get(), text.data(), text.size()) != ssize_t(text.size()) ||
        fsync(file.get()) != 0) {
      return SystemError(aside);
    }
  }
  const io::UniqueFd folder(open(data_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (rename(aside.c_str(), path.c_str()) != 0 || folder.get() < 0 || fsync(folder.get()) != 0) {
    return SystemError(path);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Identity> TakeIdentity(const std::string& data_dir) {
  Identity identity;
  PEAL_ASSIGN_OR_RETURN(identity.lock, LockFolder(data_dir));
  const std::string path = data_dir + "/incarnation";
  PEAL_ASSIGN_OR_RETURN(const uint64_t before, ReadCount(path));
  // Of a new folder nobody knows whether this node had another one: begun at 1 again, it would be
  // taken for one of its earlier incarnations, and its batches for those.
  const uint64_t now = before != 0 ? before + 1 : static_cast<uint64_t>(base::UnixTimeUs() / 1000);
  PEAL_RETURN_IF_ERROR(WriteCount(data_dir, path, now));
  identity.incarnation = Incarnation(now);
  return identity;
}

std::string NewJournalId() {
  std::string id(16, '\0');
  PEAL_CHECK(getrandom(id.data(), id.size(), 0) == 16);
  return id;
}

std::string HostName() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  PEAL_CHECK(gethostname(name.data(), name.size() - 1) == 0);
  const std::string whole = name.data();
  return whole.substr(0, whole.find('.'));
}

}  // namespace peal::daemon
