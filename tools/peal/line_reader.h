// Lines out of pieces of text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace peal::tool {

// Not thread-safe.
class LineReader {
 public:
  explicit LineReader(size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

  struct Line {
    uint64_t number = 0;    // From 1.
    bool too_long = false;  // Longer than the limit: `text` is empty, the rest was thrown away.
    std::string_view text;  // Without its line feed; valid until the next Append().
  };

  void Append(std::string_view bytes);
  // No more comes: what is left is a line too, although no line feed ends it.
  void Finish() { finished_ = true; }
  bool finished() const { return finished_; }
  // The next whole line; nullopt when more bytes are needed, or nothing is left.
  std::optional<Line> Next();

 private:
  const size_t line_bytes_max_;
  std::string buffer_;
  size_t begin_ = 0;
  // Where the search for a line feed goes on: a long line is not searched again for each piece of
  // it.
  size_t searched_ = 0;
  uint64_t number_ = 0;
  bool skipping_ = false;
  bool finished_ = false;
};

}  // namespace peal::tool
