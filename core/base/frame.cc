#include "core/base/frame.h"

#include <google/protobuf/message_lite.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "core/base/check.h"
#include "fmt/format.h"

namespace peal::base {
namespace {

// A reader that once held a large frame gives its memory back: a daemon has one reader a session.
constexpr size_t kKeptBytes = 256 << 10;

uint32_t LoadLittleEndian32(const char* bytes) {
  uint32_t value = 0;
  for (size_t i = kFrameHeaderBytes; i > 0; --i) {
    value = (value << 8) | static_cast<uint8_t>(bytes[i - 1]);
  }
  return value;
}

void AppendLength(std::string* out, size_t length) {
  const size_t header = out->size();
  out->resize(header + kFrameHeaderBytes);
  StoreFrameHeader(length, out->data() + header);
}

}  // namespace

void StoreFrameHeader(size_t length, char* out) {
  PEAL_CHECK(length > 0);
  PEAL_CHECK(length <= INT32_MAX);
  for (size_t i = 0; i < kFrameHeaderBytes; ++i) {
    out[i] = static_cast<char>((length >> (8 * i)) & 0xff);
  }
}

void AppendFrame(std::string* out, const google::protobuf::MessageLite& message) {
  const size_t length = message.ByteSizeLong();
  AppendLength(out, length);
  const size_t begin = out->size();
  message.AppendToString(out);
  PEAL_CHECK(out->size() == begin + length);
}

void AppendFrame(std::string* out, std::initializer_list<std::string_view> pieces) {
  size_t length = 0;
  for (const std::string_view piece : pieces) {
    length += piece.size();
  }
  AppendLength(out, length);
  for (const std::string_view piece : pieces) {
    out->append(piece);
  }
}

void FrameReader::Append(std::string_view bytes) {
  const std::span<char> room = Prepare(bytes.size());
  std::copy(bytes.begin(), bytes.end(), room.begin());
  Commit(bytes.size());
}

std::span<char> FrameReader::Prepare(size_t bytes_min) {
  if (begin_ == end_ && buffer_.size() > kKeptBytes && bytes_min <= kKeptBytes) {
    buffer_ = std::string();
  }
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ < bytes_min) {
    // Doubling keeps the cost of a frame that arrives in small pieces linear.
    buffer_.resize(std::max(end_ + bytes_min, 2 * buffer_.size()));
  }
  return {buffer_.data() + end_, buffer_.size() - end_};
}

void FrameReader::Commit(size_t bytes) {
  PEAL_CHECK(bytes <= buffer_.size() - end_);
  end_ += bytes;
}

absl::StatusOr<std::optional<std::string_view>> FrameReader::Next() {
  if (!broken_.ok()) {
    return broken_;
  }
  if (pending_bytes() < kFrameHeaderBytes) {
    return std::nullopt;
  }
  const size_t length = LoadLittleEndian32(buffer_.data() + begin_);
  if (length == 0 || length > frame_bytes_max_) {
    broken_ = absl::InvalidArgumentError(
        fmt::format("a frame of {} bytes, where 1 to {} are allowed", length, frame_bytes_max_));
    return broken_;
  }
  if (pending_bytes() - kFrameHeaderBytes < length) {
    return std::nullopt;
  }
  const std::string_view frame(buffer_.data() + begin_ + kFrameHeaderBytes, length);
  begin_ += kFrameHeaderBytes + length;
  return frame;
}

}  // namespace peal::base
