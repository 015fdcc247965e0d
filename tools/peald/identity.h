// Who this daemon is: the one daemon on its data folder, and which start of it.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "core/base/ids.h"
#include "core/io/socket.h"

namespace peal::daemon {

struct Identity {
  Incarnation incarnation;
  io::UniqueFd lock;  // Held for as long as the daemon lives.
};

// Locks `data_dir` (made if absent), and counts this start in its file `incarnation`, durably; in a
// new folder from the milliseconds since 1970, so that none comes twice though the folder was lost.
// FailedPrecondition: another daemon holds the lock. DataLoss: the file holds no number.
// Unavailable: the folder cannot be used; the text says why.
absl::StatusOr<Identity> TakeIdentity(const std::string& data_dir);

// 16 random bytes, for a journal that is made.
std::string NewJournalId();

// The host's name up to the first dot.
std::string HostName();

}  // namespace peal::daemon
