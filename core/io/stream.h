// A non-blocking connection on the loop, with bounded work a wake-up and back-pressure both ways.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "core/io/deferred.h"
#include "core/io/loop.h"
#include "core/io/socket.h"

namespace peal::io {

// What a stream tells its owner, on the loop's thread. The owner must not destroy the stream from
// within these calls.
class StreamUser {
 public:
  virtual ~StreamUser() = default;
  // Bytes of the peer, valid until the call returns.
  virtual void OnBytes(std::string_view bytes) = 0;
  // The output was above the high-water mark and is below the low one again.
  virtual void OnDrained() = 0;
  // The stream is over and closed; comes once, and nothing after it. Ok: the peer closed, or
  // Finish().
  virtual void OnEnd(const absl::Status& reason) = 0;
};

// Loop thread only. Loop and user outlive the stream.
//
// Output is collected and written at the end of the turn. A peer that reads no more (it closed, or
// half of it) loses what is written to it; what it had sent before is still read.
class Stream {
 public:
  static constexpr size_t kReadBytesMax = 64 << 10;  // A wake-up.
  static constexpr std::chrono::milliseconds kFinishTimeout{1000};

  // `high_water_bytes` of unsent output is where the owner should stop to write; half of it is the
  // low mark.
  Stream(Loop* loop, UniqueFd fd, size_t high_water_bytes, StreamUser* user);
  ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Where to append what is to be sent; then call Flush().
  std::string* output() { return &output_; }
  void Flush();

  bool AboveHighWater() const { return unsent_bytes() >= high_water_bytes_; }
  size_t unsent_bytes() const { return output_.size() - sent_bytes_; }

  // Not reading is how the peer is slowed down: its writes block when the socket's buffer is full.
  void SetReading(bool reading);

  // Reads no more, sends what is collected, then ends: at the latest after kFinishTimeout.
  void Finish();

  bool ended() const { return ended_; }

 private:
  void OnReadable();
  void WriteOut();
  void DropOutput();
  void AfterWrite();
  void End(const absl::Status& reason);

  Loop* const loop_;
  UniqueFd fd_;
  const size_t high_water_bytes_;
  StreamUser* const user_;
  Deferred write_;
  std::unique_ptr<Registration> readable_;
  std::unique_ptr<Registration> writable_;  // Only while the socket takes no more.
  std::unique_ptr<Registration> finish_timer_;
  std::string output_;
  size_t sent_bytes_ = 0;  // Of output_.
  bool was_above_ = false;
  bool deaf_ = false;  // The peer reads no more.
  bool finishing_ = false;
  bool ended_ = false;
};

}  // namespace peal::io
