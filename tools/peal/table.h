// Aligned columns for people.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace peal::tool {

// Text in which nothing moves the cursor or ends the line: control characters become \xNN, what is
// not UTF-8 too.
std::string Printable(std::string_view text);

// Columns are as wide as their widest cell, two spaces apart; cells are made printable.
class Table {
 public:
  explicit Table(std::vector<std::string> heading);

  void Row(std::vector<std::string> cells);
  // Every line ends with a line feed.
  std::string Text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// Characters a text takes on the screen, counting each code point as one.
size_t DisplayWidth(std::string_view text);
// Fills up with spaces to `width`.
std::string Padded(std::string_view text, size_t width);

}  // namespace peal::tool
