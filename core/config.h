// The daemon's configuration: what can be set, its defaults, its ranges, and reading it from TOML
// files.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/filter/glob.h"
#include "core/server/access.h"

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
  // [limits] sessions_per_uid: of those, 1 to 65536. This and the next two do not hold for root and
  // the daemon's own user.
  size_t sessions_per_uid = 512;
  // [limits] publish_rate_per_uid: events a second, 0 (no limit) to 1000000000.
  size_t publish_rate_per_uid = 0;
  // [limits] publish_bytes_per_uid: of encoded events a second, 0 (no limit) or 1KiB to 64GiB.
  size_t publish_bytes_per_uid = 0;
  // [limits] publish_window: unanswered publishes of a session, 1 to 65536.
  size_t publish_window = 1024;
  // [limits] session_output_bytes_max: unsent output at which a session waits, 64KiB to 64MiB.
  size_t session_output_bytes_max = size_t{256} << 10;

  // [memory] history_bytes: events kept for subscribers that lag or come later, 1MiB to 64GiB.
  size_t history_bytes = size_t{32} << 20;

  // [journal] segment_bytes: growth of a file at which the next one begins, 1MiB to 1GiB.
  size_t journal_segment_bytes = size_t{64} << 20;
  // [journal] cache_bytes: of the ordered log, kept in memory too, 64KiB to 64GiB.
  size_t journal_cache_bytes = size_t{8} << 20;
  // [journal] retain_bytes: what the files may take before the oldest go, 1MiB to 1PiB.
  size_t journal_retain_bytes = size_t{1} << 30;
  // [journal] retain_unread_bytes: the same of files with events that a durable subscription has
  // not read, 1MiB to 1PiB.
  size_t journal_retain_unread_bytes = size_t{4} << 30;
  // [journal] local_retain_bytes: the same of the files of local events, 1MiB to 1PiB.
  size_t journal_local_retain_bytes = size_t{64} << 20;
  // [journal] retain_age: age at which they go as well, 1m to 87600h.
  std::chrono::microseconds journal_retain_age = std::chrono::hours(30 * 24);
  // [journal] scrub_interval: rest between two readings of all files in search of damage, 1s to
  // 8760h.
  std::chrono::microseconds journal_scrub_interval = std::chrono::hours(24);

  // [ordering] quorum: "majority" of the votes, or "corosync": whoever it gives its quorum.
  bool corosync_decides = false;

  // [[dispatch]] of mode "interest": what matches one of these, and none of the others, goes into
  // the order only where some daemon has a subscriber for it. At most kDispatchTypesMax each.
  static constexpr size_t kDispatchTypesMax = 64;
  std::vector<filter::TypeGlob> interest_types;
  // [[dispatch]] of mode "broadcast": what matches goes into the order, as all other types do.
  std::vector<filter::TypeGlob> broadcast_types;

  // [publish] timeout_default: for publishes that name none, 10ms to 1h.
  std::chrono::milliseconds publish_timeout_default{30'000};

  // [[acl]], of all files together, kAclRulesMax at most. uid and gid: a number or a name, which is
  // looked up; one of them at least. verbs: server::kVerbNames, or "*" for all. types: globs,
  // kAclTypesMax at most. Without any rule root, the daemon's own user and the socket's group may
  // do everything, and nobody else anything.
  static constexpr size_t kAclRulesMax = 1024;
  static constexpr size_t kAclTypesMax = 64;
  std::vector<server::AccessRule> acl;
};

// Sets in `config` what `text` sets, and adds its rules. InvalidArgument names `file`, line and
// key, and what would be right; `config` is then half set.
absl::Status ApplyToml(std::string_view text, std::string_view file, Config* config);

// `file`, then the *.toml in the folder conf.d beside it in the order of their names; later ones
// win, and the rules of all count. `file` may be absent unless `must_exist`: NotFound.
// InvalidArgument as of ApplyToml; Unavailable for what cannot be read.
absl::StatusOr<Config> LoadConfig(const std::string& file, bool must_exist);

}  // namespace peal
