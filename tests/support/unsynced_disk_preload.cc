// For LD_PRELOAD into a real peald: its file operations below PEAL_DISK_ROOT reach an UnsyncedDisk,
// and fail as a test wants it. Faults, as files in `PEAL_DISK_ROOT/.disk/faults`:
//
//   full              what would take more room fails with ENOSPC
//   no_reserve        room cannot be taken in advance, as on some file systems
//   write_fails       writes fail with EIO; write_fails_once: the next one does
//   sync_fails        syncs fail with EIO; sync_fails_once: the next one does
//   slow_sync         a sync takes so many milliseconds more as the file says
//   lying_sync        a sync says that it is done, and is not: what no disk may do
//
// The calls here are those that peald makes. One of another kind on a covered file ends the
// process.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdarg>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

#include "tests/support/unsynced_disk.h"

namespace {

using peal::testing_support::UnsyncedDisk;

constexpr off_t kBlockBytes = 512;  // Of st_blocks, stat(2).

// The next definition of this symbol: libc's.
template <typename Function>
Function* Real(Function* /*for its type*/, const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

// Empty: there is none.
const std::string& Root() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment.
  static const char* const root = getenv("PEAL_DISK_ROOT");
  static const auto& path = *new std::string(root == nullptr ? "" : root);
  return path;
}

UnsyncedDisk& Disk() {
  // Never destroyed: threads may write until the process is gone.
  static auto& disk = *new UnsyncedDisk(Root());
  return disk;
}

std::string PathOf(int fd) {
  std::array<char, PATH_MAX> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t length = readlink(link.c_str(), path.data(), path.size());
  return {path.data(), static_cast<size_t>(std::max<ssize_t>(length, 0))};
}

std::string PathOf(int folder, const char* name) {
  return name[0] == '/' || folder == AT_FDCWD ? name : PathOf(folder) + "/" + name;
}

// Without Disk(): what that does while it is made comes by here.
bool IsCovered(const std::string& path) {
  return !Root().empty() && UnsyncedDisk::Covers(Root(), path);
}

int Fail(int error) {
  errno = error;
  return -1;
}

bool HasRoom(int fd, off_t end) {
  struct stat facts {};
  return !Disk().Fault("full") ||
         (fstat(fd, &facts) == 0 && end <= std::max(facts.st_size, facts.st_blocks * kBlockBytes));
}

// `write` gives what the real call gave.
template <typename Write>
ssize_t WriteCovered(int fd, off_t offset, size_t bytes, Write write) {
  const std::lock_guard lock(Disk().mutex());
  if (Disk().Fault("write_fails") || Disk().TakeFault("write_fails_once")) {
    return Fail(EIO);
  }
  if (!HasRoom(fd, offset + static_cast<off_t>(bytes))) {
    return Fail(ENOSPC);
  }
  const ssize_t written = write();
  if (written > 0) {
    Disk().Written(fd, offset, written);
  }
  return written;
}

int SyncCovered(int fd, int (*sync)(int)) {
  const int64_t slow_ms = Disk().FaultNumber("slow_sync");
  if (slow_ms > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(slow_ms));
  }
  if (Disk().Fault("lying_sync")) {
    return 0;
  }
  {
    const std::lock_guard lock(Disk().mutex());
    if (Disk().Fault("sync_fails") || Disk().TakeFault("sync_fails_once")) {
      Disk().SyncFailed(fd);
      return Fail(EIO);
    }
    // Before the real one: what is written meanwhile is not part of it.
    Disk().Synced(fd);
  }
  return sync(fd);
}

int OpenCovered(const std::string& path, int flags, mode_t mode) {
  const std::lock_guard lock(Disk().mutex());
  const int fd = Real(&::openat, "openat")(AT_FDCWD, path.c_str(), flags, mode);
  if (fd >= 0 && (flags & O_CREAT) != 0) {
    Disk().NamesChanged(path);
  }
  return fd;
}

int OpenAny(int folder, const char* name, int flags, mode_t mode) {
  // Only those matter that may make a name.
  const std::string path = (flags & O_CREAT) != 0 ? PathOf(folder, name) : "";
  return IsCovered(path) ? OpenCovered(path, flags, mode)
                         : Real(&::openat, "openat")(folder, name, flags, mode);
}

int RenameAny(int from_folder, const char* from, int to_folder, const char* to) {
  const auto rename = Real(&::renameat, "renameat");
  const std::string target = PathOf(to_folder, to);
  if (!IsCovered(target)) {
    return rename(from_folder, from, to_folder, to);
  }
  const std::lock_guard lock(Disk().mutex());
  Disk().KeepRemoved(target);
  const int result = rename(from_folder, from, to_folder, to);
  Disk().NamesChanged(target);
  return result;
}

int UnlinkAny(int folder, const char* name, int flags) {
  const auto unlink = Real(&::unlinkat, "unlinkat");
  const std::string path = PathOf(folder, name);
  if (!IsCovered(path)) {
    return unlink(folder, name, flags);
  }
  const std::lock_guard lock(Disk().mutex());
  Disk().KeepRemoved(path);
  const int result = unlink(folder, name, flags);
  Disk().NamesChanged(path);
  return result;
}

void RefuseUnknown(int fd) {
  if (IsCovered(PathOf(fd))) {
    std::abort();
  }
}

}  // namespace

extern "C" {

int open(const char* name, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return OpenAny(AT_FDCWD, name, flags, mode);
}

int openat(int folder, const char* name, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return OpenAny(folder, name, flags, mode);
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  const auto real = Real(&::pwrite, "pwrite");
  return IsCovered(PathOf(fd))
             ? WriteCovered(fd, offset, size, [&] { return real(fd, bytes, size, offset); })
             : real(fd, bytes, size, offset);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  const auto real = Real(&::write, "write");
  return IsCovered(PathOf(fd))
             ? WriteCovered(fd, lseek(fd, 0, SEEK_CUR), size, [&] { return real(fd, bytes, size); })
             : real(fd, bytes, size);
}

int ftruncate(int fd, off_t size) noexcept {
  const auto real = Real(&::ftruncate, "ftruncate");
  if (!IsCovered(PathOf(fd))) {
    return real(fd, size);
  }
  const std::lock_guard lock(Disk().mutex());
  const int result = real(fd, size);
  Disk().Written(fd, size, UnsyncedDisk::kRest);
  return result;
}

int fallocate(int fd, int mode, off_t offset, off_t bytes) {
  if (IsCovered(PathOf(fd))) {
    if (Disk().Fault("no_reserve")) {
      return Fail(EOPNOTSUPP);
    }
    if (!HasRoom(fd, offset + bytes)) {
      return Fail(ENOSPC);
    }
  }
  return Real(&::fallocate, "fallocate")(fd, mode, offset, bytes);
}

int fdatasync(int fd) {
  const auto real = Real(&::fdatasync, "fdatasync");
  return IsCovered(PathOf(fd)) ? SyncCovered(fd, real) : real(fd);
}

int fsync(int fd) {
  const auto real = Real(&::fsync, "fsync");
  return IsCovered(PathOf(fd)) ? SyncCovered(fd, real) : real(fd);
}

int rename(const char* from, const char* to) noexcept {
  return RenameAny(AT_FDCWD, from, AT_FDCWD, to);
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  return RenameAny(from_folder, from, to_folder, to);
}

int unlink(const char* name) noexcept {
  return UnlinkAny(AT_FDCWD, name, 0);
}

int unlinkat(int folder, const char* name, int flags) noexcept {
  return UnlinkAny(folder, name, flags);
}

int mkdir(const char* name, mode_t mode) noexcept {
  const int result = Real(&::mkdir, "mkdir")(name, mode);
  if (IsCovered(name)) {
    const std::lock_guard lock(Disk().mutex());
    Disk().NamesChanged(name);
  }
  return result;
}

ssize_t writev(int fd, const iovec* parts, int count) {
  RefuseUnknown(fd);
  return Real(&::writev, "writev")(fd, parts, count);
}

ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset) {
  RefuseUnknown(fd);
  return Real(&::pwritev, "pwritev")(fd, parts, count, offset);
}

}  // extern "C"
