// The daemon's configuration: what can be set, its defaults, its ranges, and reading it from TOML
// files.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace peal {

// A value. Every key has a default; the comment names the key and what it may be.
struct Config {
  // [daemon] node: this node's name, for --standalone. Empty: the host's name.
  std::string node;
  // [daemon] data_dir
  std::string data_dir = "/var/lib/peal";
  // [daemon] socket
  std::string socket = "/run/peal/peal.sock";

  // [log] level: debug, info, warn, error.
  std::string log_level = "info";

  // [limits] data_bytes_max: 1KiB to 3MiB, which the group's messages can still carry
  // (proto/group.proto).
  size_t data_bytes_max = size_t{1} << 20;
  // [limits] sessions_max: 1 to 65536.
  size_t sessions_max = 1024;
  // [limits] publish_window: unanswered publishes of a session, 1 to 65536.
  size_t publish_window = 1024;
  // [limits] session_output_bytes_max: unsent output at which a session waits, 64KiB to 64MiB.
  size_t session_output_bytes_max = size_t{1} << 20;

  // [memory] history_bytes: events kept for subscribers that lag or come later, 1MiB to 64GiB.
  size_t history_bytes = size_t{32} << 20;

  // [journal] segment_bytes: growth of a file at which the next one begins, 1MiB to 1GiB.
  size_t journal_segment_bytes = size_t{64} << 20;
  // [journal] cache_bytes: of the ordered log, kept in memory too, 64KiB to 64GiB.
  size_t journal_cache_bytes = size_t{8} << 20;
  // [journal] retain_bytes: what the files may take before the oldest go, 1MiB to 1PiB.
  size_t journal_retain_bytes = size_t{1} << 30;
  // [journal] local_retain_bytes: the same of the files of local events, 1MiB to 1PiB.
  size_t journal_local_retain_bytes = size_t{64} << 20;
  // [journal] retain_age: age at which they go as well, 1m to 87600h.
  std::chrono::microseconds journal_retain_age = std::chrono::hours(30 * 24);
  // [journal] scrub_interval: rest between two readings of all files in search of damage, 1s to
  // 8760h.
  std::chrono::microseconds journal_scrub_interval = std::chrono::hours(24);

  // [ordering] quorum: "majority" of the votes, or "corosync": whoever it gives its quorum.
  bool corosync_decides = false;

  // [publish] timeout_default: for publishes that name none, 10ms to 1h.
  std::chrono::milliseconds publish_timeout_default{30'000};
};

// Sets in `config` what `text` sets. InvalidArgument names `file`, line and key, and what would be
// right; `config` is then half set.
absl::Status ApplyToml(std::string_view text, std::string_view file, Config* config);

// `file`, then the *.toml in the folder conf.d beside it in the order of their names; later ones
// win. `file` may be absent unless `must_exist`: NotFound. InvalidArgument as of ApplyToml;
// Unavailable for what cannot be read.
absl::StatusOr<Config> LoadConfig(const std::string& file, bool must_exist);

}  // namespace peal
