// One client's way to its daemon, frame by frame, where a test can make things go wrong.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "core/base/frame.h"
#include "core/io/loop.h"
#include "core/io/socket.h"
#include "core/io/stream.h"
#include "peal/status.h"
#include "proto/session.pb.h"

namespace peal::testing {

// What becomes of publishes that ask for an answer, the next one first.
struct PublishFault {
  Status status;           // The answer; with kTimedOut: none.
  bool published = false;  // All the same.
};
using PublishFaults = std::deque<PublishFault>;

// One thread. Passes on no more than what the other side takes.
class FakeWire {
 public:
  // All outlive the wire. `client` and `daemon`: streams to both, which do not block. `delay`: how
  // much later than it is said the client hears what the daemon says.
  FakeWire(io::Loop* loop, io::UniqueFd client, io::UniqueFd daemon, PublishFaults* faults,
           const std::chrono::milliseconds* delay);
  ~FakeWire() = default;
  FakeWire(const FakeWire&) = delete;
  FakeWire& operator=(const FakeWire&) = delete;

  // Says in the daemon's place why, and hangs up.
  void Close(const Status& why);
  bool ended() const { return client_.stream.ended() && daemon_.stream.ended(); }

 private:
  // Frames from one side to the other.
  class Side : public io::StreamUser {
   public:
    Side(FakeWire* wire, io::Loop* loop, io::UniqueFd fd);
    void OnBytes(std::string_view bytes) override;
    void OnDrained() override;
    void OnEnd(const absl::Status& reason) override;

    FakeWire* const wire;
    base::FrameReader reader;
    io::Stream stream;
  };

  Side* Other(const Side* side) { return side == &client_ ? &daemon_ : &client_; }
  void Pass(Side* from);
  void Send(Side* to, std::string_view frame);
  // Whether the frame goes on.
  bool TakesFromClient(std::string_view frame);
  bool TakesFromDaemon(std::string_view frame);
  void Answer(uint64_t request, const Status& status);
  void SendLate();

  io::Loop* const loop_;
  PublishFaults* const faults_;
  const std::chrono::milliseconds* const delay_;
  Side client_;
  Side daemon_;
  // Whose answers are lost. Bounded by the faults that were asked for.
  std::set<uint64_t> unanswered_;
  // Answers on their way, oldest first.
  std::deque<std::string> late_;
  size_t late_bytes_ = 0;
  std::deque<std::unique_ptr<io::Registration>> late_timers_;
};

}  // namespace peal::testing
