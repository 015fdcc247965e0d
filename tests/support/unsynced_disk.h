// What a power loss would leave of a data folder, kept beside it while a real daemon works there.
//
// The folder's files are what programs see. Under `ROOT/.disk` this keeps what a disk would hold:
//
//   inodes/I     the bytes of inode I as they were when it was last synced
//   names/D      folder D's entries, "name:inode:kind" with spaces between, a line a state: the
//   first
//                is the one that was synced, each other one that a change has made since
//   removed/I    a file that no name leads to any more, but may again after a power loss
//   faults/F     made by a test: fault F happens as long as the file is there
//
// tests/cluster/disk.py cuts the folder back to that. Where there is no `.disk`, all that is there
// is taken as synced. Thread-safe. It lives as long as the process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace peal::testing_support {

class UnsyncedDisk {
 public:
  static constexpr off_t kRest = off_t{1} << 62;  // To the end, wherever that is then.

  explicit UnsyncedDisk(std::string root);
  ~UnsyncedDisk() = default;
  UnsyncedDisk(const UnsyncedDisk&) = delete;
  UnsyncedDisk& operator=(const UnsyncedDisk&) = delete;

  // Held around an operation and what is told of it.
  std::mutex& mutex() { return mutex_; }

  // Below the root, and not this class's own.
  static bool Covers(const std::string& root, const std::string& path);

  // Bytes of an open file were changed, from `offset` on, or its size.
  void Written(int fd, off_t offset, off_t bytes);
  // An open file or folder is being synced: what it is now is what a power loss leaves.
  void Synced(int fd);
  // The sync failed: what was to be synced counts as clean from now on, as Linux does it.
  void SyncFailed(int fd);
  // The entries of the folder that holds `path` were changed.
  void NamesChanged(const std::string& path);
  // Keeps the file `path`, which is about to lose its name, for what a power loss may bring back.
  void KeepRemoved(const std::string& path);

  // Whether a test wants this fault.
  bool Fault(const char* name) const;
  // The same, and only this once.
  bool TakeFault(const char* name) const;
  int64_t FaultNumber(const char* name) const;

 private:
  struct Range {
    off_t from;
    off_t to;
  };

  std::string Shadow(const std::string& part) const { return shadow_ + "/" + part; }
  std::string NamesFile(const std::string& folder) const;
  void Adopt(const std::string& folder);
  void CopyRanges(int fd, ino_t inode, const std::vector<Range>& ranges, off_t size);
  void ForgetRemoved();
  std::set<std::string> NamedInodes() const;

  const std::string root_;
  std::string shadow_;
  std::mutex mutex_;
  // By inode, what was written since the last sync. A file that is not here yet may have anything
  // of the daemon's last life: all of it counts.
  std::map<ino_t, std::vector<Range>> unsynced_;
};

}  // namespace peal::testing_support
