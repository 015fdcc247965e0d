#include "tools/peal/table.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/base/utf8.h"
#include "fmt/format.h"

namespace peal::tool {

std::string Printable(std::string_view text) {
  const bool utf8 = base::IsUtf8(text);
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // U+0080-U+009F: C2 80 - C2 9F, and terminals obey some of them.
    const bool two_bytes = utf8 && byte == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (two_bytes) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(text[++i]));
    } else if (byte < 0x20 || byte == 0x7f || (!utf8 && byte >= 0x80)) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

size_t DisplayWidth(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;  // Not a continuation byte.
  }));
}

std::string Padded(std::string_view text, size_t width) {
  std::string out(text);
  out.append(width - std::min(width, DisplayWidth(text)), ' ');
  return out;
}

Table::Table(std::vector<std::string> heading) {
  Row(std::move(heading));
}

void Table::Row(std::vector<std::string> cells) {
  std::transform(cells.begin(), cells.end(), cells.begin(),
                 [](const std::string& cell) { return cell.empty() ? "-" : Printable(cell); });
  rows_.push_back(std::move(cells));
}

std::string Table::Text() const {
  std::vector<size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_) {
    for (size_t i = 0; i < std::min(row.size(), widths.size()); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(row[i]));
    }
  }
  std::string out;
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      const bool last = i + 1 == row.size();
      out.append(last ? row[i] : Padded(row[i], widths[i] + 2));
    }
    out.push_back('\n');
  }
  return out;
}

}  // namespace peal::tool
