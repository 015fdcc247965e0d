// Publishes the lines of standard input.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "peal/client.h"
#include "peal/event.h"
#include "tools/peal/line_reader.h"
#include "tools/peal/output.h"

namespace peal::tool {

struct StdinPublishOptions {
  Ack ack = Ack::kCommitted;
  Scope default_scope = Scope::kGlobal;
  std::chrono::milliseconds timeout{0};
  bool json = false;
};

// One CloudEvents JSON object a line in, one result a line out, in order; as many on their way at
// once as the daemon's window takes. Empty lines are skipped. Not thread-safe.
//
// A line is a slot from when it is read until its result is printed; slots are printed from the
// front, so an early result waits for those before it. While no more slots or window are free,
// nothing is read.
class StdinPublisher {
 public:
  // `client` outlives this.
  StdinPublisher(Client* client, StdinPublishOptions options);

  // The exit code: 65 when a line could not be published because of what it is; else that of the
  // first that failed for another reason; 0.
  int Run();

 private:
  struct Slot {
    uint64_t line = 0;
    std::optional<std::string> result;
  };
  struct Held {
    uint64_t slot = 0;
    Event event;
  };

  bool wants_input() const;
  bool done() const { return end_of_input_ && !held_ && slots_.empty(); }
  std::optional<int> Round();
  std::optional<int> Poll();
  std::optional<int> ReadInput();
  void TakeLines();
  void TakeLine(const LineReader::Line& line);
  void PublishHeld();
  void Resolve(uint64_t slot, const PublishResult& result);
  void Refuse(uint64_t slot, const Status& status, std::string_view message);
  void PrintFront();
  int FinalCode() const;

  Client* const client_;
  const StdinPublishOptions options_;
  const size_t slots_max_;
  LineReader lines_;
  Output output_{1};
  bool input_ready_ = false;
  bool end_of_input_ = false;

  std::deque<Slot> slots_;
  uint64_t first_slot_ = 0;   // The number of slots_.front().
  std::optional<Held> held_;  // Read, but the window was full.

  uint64_t line_count_ = 0;
  uint64_t failed_count_ = 0;
  bool bad_line_ = false;
  std::optional<int> first_failure_;
};

}  // namespace peal::tool
