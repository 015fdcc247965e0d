// Frames of the session protocol (proto/session.proto): a 4-byte little-endian length, then that
// many bytes.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace google::protobuf {
class MessageLite;
}  // namespace google::protobuf

namespace peal::base {

inline constexpr size_t kFrameHeaderBytes = 4;

// Writes the header of a frame of `length` bytes, 1 to 2^31-1, to `out`: kFrameHeaderBytes.
void StoreFrameHeader(size_t length, char* out);

// Appends one frame that holds `message` to `out`. The encoded message is at most 2^31-1 bytes.
void AppendFrame(std::string* out, const google::protobuf::MessageLite& message);

// The same for a message that is encoded already, in pieces: encoded messages, one after the other,
// are one that has all of their fields.
void AppendFrame(std::string* out, std::initializer_list<std::string_view> pieces);

// Cuts a stream of bytes into frames. Not thread-safe.
//
// Give it bytes (Append, or Prepare and Commit to read straight into its buffer), then call Next()
// until it has no more. Drained so, it holds at most one unfinished frame and what was given last.
class FrameReader {
 public:
  explicit FrameReader(size_t frame_bytes_max) : frame_bytes_max_(frame_bytes_max) {}

  void Append(std::string_view bytes);

  // At least `bytes_min` bytes of room to read into; Commit() says how many were filled. Nothing
  // else of the reader may be called in between.
  std::span<char> Prepare(size_t bytes_min);
  void Commit(size_t bytes);

  // The next whole frame without its length, valid until the next Append or Prepare; nullopt when
  // more bytes are needed. InvalidArgument when a length is 0 or over the limit: the stream has no
  // frames any more, and every later call says so again.
  absl::StatusOr<std::optional<std::string_view>> Next();

  // Bytes given and not yet returned: when the stream ends, more than 0 means a torn frame.
  size_t pending_bytes() const { return end_ - begin_; }

  // What both sides agree on after the greeting. Applies to frames not yet returned.
  void set_frame_bytes_max(size_t bytes) { frame_bytes_max_ = bytes; }

 private:
  // buffer_[begin_, end_) is given and not yet returned.
  std::string buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t frame_bytes_max_;
  absl::Status broken_;
};

}  // namespace peal::base
