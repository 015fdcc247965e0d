#include "tests/support/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string_view>

#include "core/base/check.h"

namespace peal::test {
namespace {

constexpr int kWaitMsMax = 30'000;

int MemoryFile(const std::string& content) {
  const int fd = memfd_create("test", MFD_CLOEXEC);
  PEAL_CHECK(fd >= 0);
  PEAL_CHECK(write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
  lseek(fd, 0, SEEK_SET);
  return fd;
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (const std::string& text : strings) {
    pointers.push_back(const_cast<char*>(text.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(const std::vector<std::string>& more) {
  std::vector<std::string> entries = more;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!std::string_view(*entry).starts_with("PEAL_")) {
      entries.emplace_back(*entry);
    }
  }
  return entries;
}

// Aborts when `fd` has nothing for too long: a test that hangs says where.
void AwaitReadable(int fd) {
  pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
  PEAL_CHECK(poll(&waiting, 1, kWaitMsMax) == 1);
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& command, const std::string& input,
                           const std::vector<std::string>& environment,
                           const std::optional<std::string>& stdout_path)
    : errors_(MemoryFile("")) {
  const int input_fd = MemoryFile(input);
  std::array<int, 2> pipe_fds{};
  PEAL_CHECK(pipe2(pipe_fds.data(), O_CLOEXEC) == 0);
  output_ = pipe_fds[0];
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input_fd, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors_, STDERR_FILENO);
  if (stdout_path) {
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, stdout_path->c_str(), O_WRONLY, 0);
  }
  const int error =
      posix_spawn(&pid_, command[0].c_str(), &actions, nullptr, Pointers(command).data(),
                  Pointers(Environment(environment)).data());
  posix_spawn_file_actions_destroy(&actions);
  PEAL_CHECK(error == 0);
  close(pipe_fds[1]);
  close(input_fd);
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  CloseOutput();
  close(errors_);
}

bool ChildProcess::ReadMore() {
  AwaitReadable(output_);
  std::array<char, 4096> piece{};
  const ssize_t bytes = read(output_, piece.data(), piece.size());
  if (bytes > 0) {
    buffer_.append(piece.data(), static_cast<size_t>(bytes));
  }
  return bytes > 0;
}

std::string ChildProcess::ReadLine() {
  while (buffer_.find('\n') == std::string::npos && ReadMore()) {
  }
  const size_t feed = buffer_.find('\n');
  std::string line = buffer_.substr(0, feed);
  buffer_.erase(0, feed == std::string::npos ? feed : feed + 1);
  return line;
}

void ChildProcess::CloseOutput() {
  if (output_ >= 0) {
    close(output_);
    output_ = -1;
  }
}

void ChildProcess::Signal(int number) {
  kill(pid_, number);
}

void ChildProcess::Reap() {
  const int process = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  PEAL_CHECK(process >= 0);
  AwaitReadable(process);
  close(process);
  int ended = 0;
  PEAL_CHECK(waitpid(pid_, &ended, 0) == pid_);
  pid_ = -1;
  exit_code_ = WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended);
}

ChildProcess::End ChildProcess::Wait() {
  while (output_ >= 0 && ReadMore()) {
  }
  Reap();
  End end{.exit_code = exit_code_, .out = buffer_, .err = {}};
  end.err.resize(static_cast<size_t>(lseek(errors_, 0, SEEK_END)));
  PEAL_CHECK(pread(errors_, end.err.data(), end.err.size(), 0) ==
             static_cast<ssize_t>(end.err.size()));
  return end;
}

}  // namespace peal::test
