// A program that a test runs and talks to.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace peal::test {

// Its standard input is a file with `input`; standard output is read here; standard error is kept.
// Every wait has a limit of 30 s, after which the program is killed and the test's process ends.
class ChildProcess {
 public:
  // `environment` is added to ours without PEAL_*. Output can go to `stdout_path` instead.
  ChildProcess(const std::vector<std::string>& command, const std::string& input,
               const std::vector<std::string>& environment = {},
               const std::optional<std::string>& stdout_path = std::nullopt);
  // Kills it when it still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // The next line of its output without its line feed; empty at the end.
  std::string ReadLine();
  // From now on nobody reads its output.
  void CloseOutput();
  void Signal(int number);

  struct End {
    int exit_code = 0;  // 128 + N for signal N.
    std::string out;    // What was not read by ReadLine().
    std::string err;
  };
  End Wait();

 private:
  // False at the end of its output.
  bool ReadMore();
  void Reap();

  pid_t pid_ = -1;
  int output_ = -1;
  int errors_ = -1;
  std::string buffer_;
  int exit_code_ = 0;
};

}  // namespace peal::test
