// SIGINT and SIGTERM as something to poll for.
#pragma once

namespace peal::tool {

// While it lives, the two signals do not end the program but make fd() readable. One at a time,
// made before any thread.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  int fd() const { return fd_; }
  // Whether one has come. It stays so.
  bool stopped() const;

 private:
  int fd_;
};

}  // namespace peal::tool
