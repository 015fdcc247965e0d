#include "core/io/posix_file_ops.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "core/base/errno_text.h"
#include "core/base/status_macros.h"
#include "core/io/socket.h"

namespace peal::io {
namespace {

// Of errno.
absl::Status FileError(const std::string& path, std::string_view action) {
  const int error = errno;
  const std::string text = fmt::format("{}: cannot {}: {}", path, action, base::ErrnoText(error));
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return absl::ResourceExhaustedError(text);
    case ENOENT:
      return absl::NotFoundError(text);
    case EEXIST:
      return absl::AlreadyExistsError(text);
    default:
      return absl::UnavailableError(text);
  }
}

class PosixFile : public File {
 public:
  PosixFile(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  absl::Status WriteAt(uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written =
          pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (written < 0 && errno != EINTR) {
        return FileError(path_, "write");
      }
      if (written > 0) {
        bytes.remove_prefix(static_cast<size_t>(written));
        offset += static_cast<uint64_t>(written);
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> ReadAt(uint64_t offset, size_t bytes) override {
    // Not more than there is: a length that comes from damaged bytes must not cost memory.
    PEAL_ASSIGN_OR_RETURN(const uint64_t size, Size());
    std::string out(std::min<uint64_t>(bytes, size - std::min(size, offset)), '\0');
    size_t done = 0;
    while (done < out.size()) {
      const ssize_t got =
          pread(fd_.get(), out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno != EINTR) {
        return FileError(path_, "read");
      }
      if (got == 0) {
        break;
      }
      done += static_cast<size_t>(std::max<ssize_t>(got, 0));
    }
    out.resize(done);
    return out;
  }

  absl::StatusOr<uint64_t> Size() override {
    struct stat facts {};
    if (fstat(fd_.get(), &facts) != 0) {
      return FileError(path_, "be looked at");
    }
    return static_cast<uint64_t>(facts.st_size);
  }

  absl::Status Reserve(uint64_t offset, uint64_t bytes) override {
    int result = 0;
    do {
      result = fallocate(fd_.get(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                         static_cast<off_t>(bytes));
    } while (result != 0 && errno == EINTR);
    if (result != 0 && errno != EOPNOTSUPP && errno != ENOSYS) {
      return FileError(path_, "take room");
    }
    return absl::OkStatus();
  }

  absl::Status Truncate(uint64_t size) override {
    return ftruncate(fd_.get(), static_cast<off_t>(size)) == 0 ? absl::OkStatus()
                                                               : FileError(path_, "cut");
  }

  absl::Status Sync() override {
    return fdatasync(fd_.get()) == 0 ? absl::OkStatus() : FileError(path_, "sync");
  }

 private:
  const std::string path_;
  const UniqueFd fd_;
};

class PosixFileOps : public FileOps {
 public:
  PosixFileOps(std::string folder, UniqueFd fd) : folder_(std::move(folder)), fd_(std::move(fd)) {}

  absl::StatusOr<std::unique_ptr<File>> Create(const std::string& name) override {
    return OpenFile(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, "be created");
  }

  absl::StatusOr<std::unique_ptr<File>> Open(const std::string& name) override {
    return OpenFile(name, O_RDWR | O_CLOEXEC, "open");
  }

  absl::Status Rename(const std::string& from, const std::string& to) override {
    return renameat(fd_.get(), from.c_str(), fd_.get(), to.c_str()) == 0
               ? absl::OkStatus()
               : FileError(PathOf(from), "rename");
  }

  absl::Status Remove(const std::string& name) override {
    return unlinkat(fd_.get(), name.c_str(), 0) == 0 ? absl::OkStatus()
                                                     : FileError(PathOf(name), "remove");
  }

  absl::StatusOr<std::vector<std::string>> List() override {
    std::vector<std::string> names;
    std::error_code error;
    std::filesystem::directory_iterator entry(folder_, error);
    while (!error && entry != std::filesystem::directory_iterator()) {
      names.push_back(entry->path().filename().string());
      entry.increment(error);
    }
    if (error) {
      return absl::UnavailableError(fmt::format("{}: cannot list: {}", folder_, error.message()));
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  absl::Status SyncFolder() override {
    return fsync(fd_.get()) == 0 ? absl::OkStatus() : FileError(folder_, "sync");
  }

 private:
  std::string PathOf(const std::string& name) const { return folder_ + "/" + name; }

  absl::StatusOr<std::unique_ptr<File>> OpenFile(const std::string& name, int flags,
                                                 std::string_view action) {
    UniqueFd file(openat(fd_.get(), name.c_str(), flags, 0640));
    if (file.get() < 0) {
      return FileError(PathOf(name), action);
    }
    return std::make_unique<PosixFile>(PathOf(name), std::move(file));
  }

  const std::string folder_;
  const UniqueFd fd_;
};

UniqueFd OpenFolder(const std::string& path) {
  return UniqueFd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

// A new folder whose name is not durable would vanish with all that was synced in it.
absl::Status MakeFolder(const std::string& folder) {
  if (mkdir(folder.c_str(), 0750) != 0) {
    return errno == EEXIST ? absl::OkStatus() : FileError(folder, "be made");
  }
  const std::string parent = std::filesystem::path(folder).parent_path().string();
  const UniqueFd fd = OpenFolder(parent.empty() ? "." : parent);
  if (fd.get() < 0 || fsync(fd.get()) != 0) {
    return FileError(parent, "sync");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<FileOps>> MakePosixFileOps(const std::string& folder) {
  PEAL_RETURN_IF_ERROR(MakeFolder(folder));
  UniqueFd fd = OpenFolder(folder);
  if (fd.get() < 0) {
    return FileError(folder, "open");
  }
  return std::make_unique<PosixFileOps>(folder, std::move(fd));
}

}  // namespace peal::io
