// A folder for the files of a measurement.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace peal::bench {

// A new folder, removed with all that is in it when this is destroyed.
class ScratchFolder {
 public:
  // Below `parent`, so on its file system. Unavailable, with the reason: it cannot be made there.
  static absl::StatusOr<ScratchFolder> Make(const std::string& parent);

  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ScratchFolder(ScratchFolder&& other) noexcept;
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder();

  const std::string& path() const { return path_; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}

  std::string path_;  // Empty: moved from.
};

}  // namespace peal::bench
