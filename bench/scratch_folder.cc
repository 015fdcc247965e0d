#include "bench/scratch_folder.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "core/base/errno_text.h"

namespace peal::bench {

absl::StatusOr<ScratchFolder> ScratchFolder::Make(const std::string& parent) {
  std::string path = parent + "/peal-bench-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) {
    return absl::UnavailableError(
        fmt::format("no folder can be made in {}: {}", parent, base::ErrnoText(errno)));
  }
  return ScratchFolder(std::move(path));
}

ScratchFolder::ScratchFolder(ScratchFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

ScratchFolder::~ScratchFolder() {
  if (!path_.empty()) {
    std::error_code ignored;  // What stays is named peal-bench-*, and harms nobody.
    std::filesystem::remove_all(path_, ignored);
  }
}

}  // namespace peal::bench
