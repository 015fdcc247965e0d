#include "tools/peal/event_command.h"

#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "client/unix_socket.h"
#include "core/base/errno_text.h"
#include "core/base/event_json.h"
#include "fmt/format.h"
#include "tools/peal/event_text.h"
#include "tools/peal/exit_code.h"

namespace peal::tool {
namespace {

constexpr int kExitCannotRun = 126;
constexpr int kExitNotFound = 127;
constexpr int kExitSignalBase = 128;

// The event in memory as a file: a command that never reads its input cannot make us wait.
client::OwnedFd JsonFile(const Event& event) {
  std::string json = base::EventToJson(event);
  json.push_back('\n');
  client::OwnedFd fd(memfd_create("event", MFD_CLOEXEC));
  size_t written = 0;
  while (fd.get() >= 0 && written < json.size()) {
    const ssize_t wrote = write(fd.get(), json.data() + written, json.size() - written);
    if (wrote < 0) {
      return client::OwnedFd();
    }
    written += static_cast<size_t>(wrote);
  }
  if (fd.get() >= 0) {
    lseek(fd.get(), 0, SEEK_SET);
  }
  return fd;
}

// Ours without PEAL_* (but for what the event sets): no event sees the fields of another.
std::vector<std::string> Environment(const Event& event, const std::string& socket_path) {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!std::string_view(*entry).starts_with("PEAL_")) {
      entries.emplace_back(*entry);
    }
  }
  entries.push_back("PEAL_SOCKET=" + socket_path);
  for (const auto& [name, value] : EventVariables(event)) {
    entries.push_back(fmt::format("{}={}", name, value));
  }
  return entries;
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (const std::string& text : strings) {
    // execve(2) takes non-const pointers for the sake of old programs; it does not write.
    pointers.push_back(const_cast<char*>(text.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

// What we block or ignore, the command finds as usual.
void ResetSignals(posix_spawnattr_t* attributes) {
  sigset_t none;
  sigemptyset(&none);
  sigset_t usual;
  sigemptyset(&usual);
  sigaddset(&usual, SIGPIPE);
  posix_spawnattr_setsigmask(attributes, &none);
  posix_spawnattr_setsigdefault(attributes, &usual);
  posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

int Spawn(const std::vector<std::string>& command, const std::vector<std::string>& environment,
          int input, pid_t* pid) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  ResetSignals(&attributes);
  const int error = posix_spawnp(pid, command[0].c_str(), &actions, &attributes,
                                 Pointers(command).data(), Pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

// Waits for the end of `pid` and passes a stop on, once.
int Await(pid_t pid, const StopSignals& stop) {
  // glibc 2.36 has pidfd_open(2), but not for C++.
  const client::OwnedFd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  std::array<pollfd, 2> waiting{{{.fd = process.get(), .events = POLLIN, .revents = 0},
                                 {.fd = stop.fd(), .events = POLLIN, .revents = 0}}};
  while (process.get() >= 0 && waiting[0].revents == 0) {
    if (poll(waiting.data(), waiting.size(), -1) > 0 && waiting[1].revents != 0) {
      kill(pid, SIGTERM);
      waiting[1].fd = -1;
    }
  }
  int ended = 0;
  while (waitpid(pid, &ended, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(ended) ? WEXITSTATUS(ended) : kExitSignalBase + WTERMSIG(ended);
}

}  // namespace

int RunEventCommand(const std::vector<std::string>& command, const Event& event,
                    const std::string& socket_path, const StopSignals& stop) {
  const client::OwnedFd input = JsonFile(event);
  if (input.get() < 0) {
    return Fail(kExitIo, "cannot make the command's input");
  }
  pid_t pid = 0;
  const int error = Spawn(command, Environment(event, socket_path), input.get(), &pid);
  if (error != 0) {
    Fail(kExitError, fmt::format("cannot run '{}': {}", command[0], base::ErrnoText(error)));
    return error == ENOENT ? kExitNotFound : kExitCannotRun;
  }
  return Await(pid, stop);
}

}  // namespace peal::tool
