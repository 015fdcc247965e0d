// Where the configuration is read from.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

#include "core/base/status_macros.h"
#include "core/config.h"
#include "fmt/format.h"

namespace peal {
namespace {

absl::StatusOr<std::string> ReadFile(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (!stream.is_open() || stream.bad()) {
    return absl::UnavailableError(fmt::format("cannot read {}", file));
  }
  return text;
}

absl::StatusOr<std::vector<std::string>> ListDropIns(const std::filesystem::path& folder) {
  std::vector<std::string> files;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  while (!error && entry != std::filesystem::directory_iterator()) {
    if (entry->path().extension() == ".toml") {
      files.push_back(entry->path().string());
    }
    entry.increment(error);
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return absl::UnavailableError(
        fmt::format("cannot list {}: {}", folder.string(), error.message()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

absl::StatusOr<Config> LoadConfig(const std::string& file, bool must_exist) {
  std::error_code error;
  const bool exists = std::filesystem::exists(file, error);
  if (!exists && must_exist) {
    return absl::NotFoundError(fmt::format("there is no configuration file {}", file));
  }
  PEAL_ASSIGN_OR_RETURN(std::vector<std::string> files,
                        ListDropIns(std::filesystem::path(file).parent_path() / "conf.d"));
  if (exists) {
    files.insert(files.begin(), file);
  }
  Config config;
  for (const std::string& each : files) {
    PEAL_ASSIGN_OR_RETURN(const std::string text, ReadFile(each));
    PEAL_RETURN_IF_ERROR(ApplyToml(text, each, &config));
  }
  return config;
}

}  // namespace peal
