#include "tools/peald/orphan.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "core/base/errno_text.h"
#include "core/base/time_format.h"
#include "core/base/wall_clock.h"
#include "core/io/socket.h"

namespace peal::daemon {
namespace {

bool SyncFolder(const std::string& path) {
  const io::UniqueFd folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder.get() >= 0 && fsync(folder.get()) == 0;
}

}  // namespace

absl::StatusOr<std::string> SetAsideOrphan(const std::string& data_dir) {
  const std::string parent = data_dir + "/orphaned";
  const std::string folder =
      fmt::format("{}/{}", parent, base::FormatTimestamp({base::UnixTimeUs()}));
  std::error_code made;
  std::filesystem::create_directories(parent, made);
  if (made || std::rename((data_dir + "/journal").c_str(), folder.c_str()) != 0 ||
      !SyncFolder(parent) || !SyncFolder(data_dir)) {
    const std::string why = made ? made.message() : base::ErrnoText(errno);
    return absl::UnavailableError(
        fmt::format("the journal cannot be moved to {}: {}", folder, why));
  }
  return folder;
}

}  // namespace peal::daemon
