#include "tools/peal/daemon_usage.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

#include "fmt/format.h"

namespace peal::tool {
namespace {

// Of /proc/PID/stat, proc_pid_stat(5), counted from the field after the program's name.
constexpr int kUserTicks = 11;
constexpr int kResidentPages = 21;

}  // namespace

Result<DaemonUsage> UsageOfDaemon(const Client& client) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(client.fd(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return Status(ErrorKind::kUnreachable, "the daemon is not on this machine");
  }
  std::ifstream file(fmt::format("/proc/{}/stat", peer.pid));
  std::string text;
  std::getline(file, text, '\0');
  // The name may hold anything, blanks and brackets too.
  std::istringstream fields(text.substr(std::min(text.rfind(')') + 1, text.size())));
  std::string skipped;
  for (int i = 0; i < kUserTicks; ++i) {
    fields >> skipped;
  }
  int64_t user_ticks = 0;
  int64_t system_ticks = 0;
  fields >> user_ticks >> system_ticks;
  for (int i = kUserTicks + 2; i < kResidentPages; ++i) {
    fields >> skipped;
  }
  uint64_t pages = 0;
  if (!(fields >> pages)) {
    return Status(ErrorKind::kUnreachable,
                  fmt::format("/proc/{} tells nothing of the daemon", peer.pid));
  }
  const int64_t ticks_per_s = sysconf(_SC_CLK_TCK);
  return DaemonUsage{
      .memory_bytes = pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)),
      .cpu = std::chrono::milliseconds((user_ticks + system_ticks) * 1000 / ticks_per_s)};
}

}  // namespace peal::tool
