// The port to files: all that the daemon's durable state asks of an operating system.
//
// Errors name the file and the reason. ResourceExhausted: no room (ENOSPC, EDQUOT). NotFound: no
// such file. AlreadyExists: there is one. Unavailable: anything else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace peal::io {

// An open file. Not thread-safe, but two of one file are independent.
class File {
 public:
  virtual ~File() = default;

  // Writes all of `bytes`. After an error any part of them may be written.
  virtual absl::Status WriteAt(uint64_t offset, std::string_view bytes) = 0;
  // Reads `bytes`; fewer only where the file ends.
  virtual absl::StatusOr<std::string> ReadAt(uint64_t offset, size_t bytes) = 0;
  virtual absl::StatusOr<uint64_t> Size() = 0;
  // Takes room on the disk for `bytes` from `offset` on, so that writing there does not run out of
  // it. The size stays. Ok also where the file system cannot do this.
  virtual absl::Status Reserve(uint64_t offset, uint64_t bytes) = 0;
  // Cuts the file, or gives back what was reserved beyond its end.
  virtual absl::Status Truncate(uint64_t size) = 0;
  // What was written, and the size, survives a power loss. After an error nobody knows what does,
  // and asking again proves nothing: the kernel may have dropped what it could not write (fsync(2),
  // "Errors"; Rebello et al., "Can Applications Recover from fsync Failures?", 2020).
  virtual absl::Status Sync() = 0;
};

// The files of one folder. Thread-safe.
class FileOps {
 public:
  virtual ~FileOps() = default;

  // Both open for reading and writing.
  virtual absl::StatusOr<std::unique_ptr<File>> Create(const std::string& name) = 0;
  virtual absl::StatusOr<std::unique_ptr<File>> Open(const std::string& name) = 0;
  // Replaces `to` where there is one.
  virtual absl::Status Rename(const std::string& from, const std::string& to) = 0;
  virtual absl::Status Remove(const std::string& name) = 0;
  // The names, sorted.
  virtual absl::StatusOr<std::vector<std::string>> List() = 0;
  // Creating, renaming and removing so far survives a power loss.
  virtual absl::Status SyncFolder() = 0;
};

}  // namespace peal::io
