#include "tests/support/unsynced_disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace peal::testing_support {
namespace {

namespace fs = std::filesystem;

// This is for tests only: what it cannot do would make them mean nothing.
void Require(bool condition, const std::string& what) {
  if (!condition) {
    std::perror(("unsynced_disk: " + what).c_str());
    std::abort();
  }
}

struct stat Look(int fd) {
  struct stat facts {};
  Require(fstat(fd, &facts) == 0, "fstat");
  return facts;
}

// The entries of a folder in one line.
std::string Listing(const std::string& folder) {
  std::set<std::string> entries;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    struct stat facts {};
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".disk") || lstat(entry.path().c_str(), &facts) != 0) {
      continue;
    }
    const char* kind = S_ISDIR(facts.st_mode) ? "d" : "f";
    entries.insert(name + ":" + std::to_string(facts.st_ino) + ":" + kind);
  }
  std::string line;
  for (const std::string& entry : entries) {
    line += (line.empty() ? "" : " ") + entry;
  }
  return line + "\n";
}

void Replace(const std::string& path, const std::string& text) {
  std::ofstream(path + ".new", std::ios::trunc) << text;
  fs::rename(path + ".new", path);
}

}  // namespace

UnsyncedDisk::UnsyncedDisk(std::string root) : root_(std::move(root)) {
  if (fs::exists(root_ + "/.disk")) {
    shadow_ = root_ + "/.disk";
    return;
  }
  // Made aside: the daemon may be killed here.
  shadow_ = root_ + "/.disk.new";
  fs::remove_all(shadow_);
  for (const char* part : {"inodes", "removed", "faults", "names"}) {
    fs::create_directories(Shadow(part));
  }
  Adopt(root_);
  fs::rename(shadow_, root_ + "/.disk");
  shadow_ = root_ + "/.disk";
}

bool UnsyncedDisk::Covers(const std::string& root, const std::string& path) {
  return (path == root || path.starts_with(root + "/")) && !path.starts_with(root + "/.disk");
}

std::string UnsyncedDisk::NamesFile(const std::string& folder) const {
  std::string key = folder == root_ ? "@" : folder.substr(root_.size() + 1);
  std::replace(key.begin(), key.end(), '/', '%');
  return Shadow("names/" + key);
}

void UnsyncedDisk::Adopt(const std::string& folder) {
  Replace(NamesFile(folder), Listing(folder));
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (!Covers(root_, entry.path().string())) {
      continue;
    }
    if (entry.is_directory()) {
      Adopt(entry.path().string());
      continue;
    }
    struct stat facts {};
    Require(stat(entry.path().c_str(), &facts) == 0, entry.path().string());
    fs::copy_file(entry.path(), Shadow("inodes/" + std::to_string(facts.st_ino)));
  }
}

void UnsyncedDisk::Written(int fd, off_t offset, off_t bytes) {
  const auto known = unsynced_.find(Look(fd).st_ino);
  if (known != unsynced_.end()) {
    known->second.push_back({offset, offset + bytes});
  }
}

void UnsyncedDisk::Synced(int fd) {
  const struct stat facts = Look(fd);
  if (S_ISDIR(facts.st_mode)) {
    const std::string folder = fs::read_symlink("/proc/self/fd/" + std::to_string(fd)).string();
    Replace(NamesFile(folder), Listing(folder));
    ForgetRemoved();
    return;
  }
  const auto known = unsynced_.find(facts.st_ino);
  CopyRanges(fd, facts.st_ino,
             known == unsynced_.end() ? std::vector<Range>{{0, kRest}} : known->second,
             facts.st_size);
  unsynced_[facts.st_ino].clear();
}

void UnsyncedDisk::SyncFailed(int fd) {
  unsynced_[Look(fd).st_ino].clear();
}

void UnsyncedDisk::CopyRanges(int fd, ino_t inode, const std::vector<Range>& ranges, off_t size) {
  // The daemon may have opened it for writing only.
  const int from = open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_RDONLY | O_CLOEXEC);
  const int to =
      open(Shadow("inodes/" + std::to_string(inode)).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
  Require(from >= 0 && to >= 0, "copying what is synced");
  std::array<char, 65536> buffer{};
  for (const Range& range : ranges) {
    off_t at = range.from;
    while (at < std::min(range.to, size)) {
      const auto wanted = static_cast<size_t>(
          std::min<off_t>(static_cast<off_t>(buffer.size()), std::min(range.to, size) - at));
      const ssize_t got = pread(from, buffer.data(), wanted, at);
      Require(got > 0 && pwrite(to, buffer.data(), static_cast<size_t>(got), at) == got,
              "copying what is synced");
      at += got;
    }
  }
  Require(ftruncate(to, size) == 0, "copying what is synced");
  close(from);
  close(to);
}

void UnsyncedDisk::NamesChanged(const std::string& path) {
  if (path == root_) {
    return;  // Its name is in a folder that is not ours.
  }
  const std::string folder = fs::path(path).parent_path().string();
  const std::string names = NamesFile(folder);
  if (!fs::exists(names)) {
    // A new folder's own first state is to be empty.
    Replace(names, "\n");
  }
  std::ofstream(names, std::ios::app) << Listing(folder);
}

void UnsyncedDisk::KeepRemoved(const std::string& path) {
  struct stat facts {};
  if (lstat(path.c_str(), &facts) != 0) {
    return;  // There is nothing to lose; the operation itself will say so.
  }
  const std::string kept = Shadow("removed/" + std::to_string(facts.st_ino));
  // It is kept already where the daemon was killed right after this.
  Require(link(path.c_str(), kept.c_str()) == 0 || errno == EEXIST, "keeping " + path);
}

std::set<std::string> UnsyncedDisk::NamedInodes() const {
  std::set<std::string> named;
  for (const fs::directory_entry& names : fs::directory_iterator(Shadow("names"))) {
    std::ifstream file(names.path());
    std::string entry;
    while (file >> entry) {
      const size_t first = entry.find(':');
      named.insert(entry.substr(first + 1, entry.rfind(':') - first - 1));
    }
  }
  return named;
}

void UnsyncedDisk::ForgetRemoved() {
  std::vector<std::string> removed;
  for (const fs::directory_entry& entry : fs::directory_iterator(Shadow("removed"))) {
    removed.push_back(entry.path().filename().string());
  }
  if (removed.empty()) {
    return;
  }
  const std::set<std::string> named = NamedInodes();
  for (const std::string& inode : removed) {
    if (!named.contains(inode)) {
      fs::remove(Shadow("inodes/" + inode));
      fs::remove(Shadow("removed/" + inode));
      unsynced_.erase(std::stoull(inode));
    }
  }
}

bool UnsyncedDisk::Fault(const char* name) const {
  return access(Shadow(std::string("faults/") + name).c_str(), F_OK) == 0;
}

bool UnsyncedDisk::TakeFault(const char* name) const {
  return fs::remove(Shadow(std::string("faults/") + name));
}

int64_t UnsyncedDisk::FaultNumber(const char* name) const {
  int64_t number = 0;
  std::ifstream(Shadow(std::string("faults/") + name)) >> number;
  return number;
}

}  // namespace peal::testing_support
