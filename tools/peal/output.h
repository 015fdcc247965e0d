// Standard output for commands that print while they run.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace peal::tool {

// Collects text and writes it at Flush(): one write a round of events, not one an event. Not
// thread-safe.
class Output {
 public:
  // `stop_fd`, when given, is polled while the reader is slow: readable means to give up.
  explicit Output(int fd, int stop_fd = -1) : fd_(fd), stop_fd_(stop_fd) {}

  std::string* buffer() { return &buffer_; }
  void Line(std::string_view text) {
    buffer_.append(text);
    buffer_.push_back('\n');
  }

  // Writes all there is, waiting for a slow reader. Afterwards the exit code to end with, if the
  // program should end: 0 when nobody reads any more or the stop came, 74 when writing fails (it
  // says why).
  std::optional<int> Flush();

 private:
  std::optional<int> WriteSome();

  const int fd_;
  const int stop_fd_;
  std::string buffer_;
  size_t written_ = 0;
};

}  // namespace peal::tool
