#include "tools/peal/line_reader.h"

namespace peal::tool {

void LineReader::Append(std::string_view bytes) {
  if (skipping_) {
    const size_t end = bytes.find('\n');
    if (end == std::string_view::npos) {
      return;
    }
    // The line feed stays: Next() ends the long line with it.
    bytes.remove_prefix(end);
  }
  buffer_.erase(0, begin_);
  searched_ -= begin_;
  begin_ = 0;
  buffer_.append(bytes);
}

std::optional<LineReader::Line> LineReader::Next() {
  const size_t feed = buffer_.find('\n', searched_);
  const bool has_feed = feed != std::string::npos;
  const size_t end = has_feed ? feed : buffer_.size();
  const size_t length = end - begin_;
  searched_ = end;
  const bool too_long = skipping_ || length > line_bytes_max_;
  if (!has_feed && (!finished_ || (length == 0 && !skipping_))) {
    if (too_long) {
      skipping_ = true;
      begin_ = end;
    }
    return std::nullopt;
  }
  Line line{.number = ++number_, .too_long = too_long, .text = {}};
  if (!too_long) {
    line.text = std::string_view(buffer_).substr(begin_, length);
  }
  skipping_ = false;
  begin_ = has_feed ? end + 1 : end;
  searched_ = begin_;
  return line;
}

}  // namespace peal::tool
