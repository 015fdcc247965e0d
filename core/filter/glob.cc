#include "core/filter/glob.h"

#include <algorithm>

#include "absl/status/status.h"
#include "fmt/format.h"

namespace peal::filter {
namespace {

bool IsGlobCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-.*?").find(c) != std::string_view::npos;
}

}  // namespace

absl::StatusOr<TypeGlob> TypeGlob::Parse(std::string_view text) {
  if (text.empty() || text.size() > kGlobBytesMax) {
    return absl::InvalidArgumentError(
        fmt::format("a type glob has {} bytes, 1 to {} are allowed", text.size(), kGlobBytesMax));
  }
  if (!std::all_of(text.begin(), text.end(), IsGlobCharacter)) {
    return absl::InvalidArgumentError(
        fmt::format("type glob '{}' has a character that no type has; a glob is letters, digits, "
                    "'.', '_', '-', '*' and '?', such as ip.*",
                    text));
  }
  std::string plain;
  for (const char c : text) {
    if (c != '*' || plain.empty() || plain.back() != '*') {
      plain += c;
    }
  }
  return TypeGlob(std::move(plain));
}

// Only the last star is ever gone back to: what an earlier one could take as well, the last can
// too. A star in `type`, which is then another glob, stands for any run, and only a star takes it.
bool TypeGlob::Matches(std::string_view type) const {
  size_t glob_index = 0;
  size_t type_index = 0;
  size_t after_star = std::string::npos;
  size_t star_end = 0;  // Where in `type` the last star's run ends.
  while (type_index < type.size()) {
    const char c = glob_index < text_.size() ? text_[glob_index] : '\0';
    if (c == '*') {
      after_star = ++glob_index;
      star_end = type_index;
    } else if ((c == '?' && type[type_index] != '*') ||
               (glob_index < text_.size() && c == type[type_index])) {
      ++glob_index;
      ++type_index;
    } else if (after_star != std::string::npos) {
      glob_index = after_star;
      type_index = ++star_end;
    } else {
      return false;
    }
  }
  return glob_index == text_.size() || (glob_index + 1 == text_.size() && text_[glob_index] == '*');
}

// From the back: whether what is left of the one and what is left of the other have a text in
// common.
bool Overlap(const TypeGlob& a, const TypeGlob& b) {
  const std::string& rows = a.text();
  const std::string& columns = b.text();
  std::vector<bool> below(columns.size() + 1);
  std::vector<bool> row(columns.size() + 1);
  for (size_t i = rows.size() + 1; i-- > 0;) {
    const bool row_star = i < rows.size() && rows[i] == '*';
    for (size_t j = columns.size() + 1; j-- > 0;) {
      const bool column_star = j < columns.size() && columns[j] == '*';
      if (i == rows.size() && j == columns.size()) {
        row[j] = true;
      } else if (row_star || column_star) {
        // A star ends, or takes what the other has next.
        row[j] = (i < rows.size() && below[j]) || (j < columns.size() && row[j + 1]);
      } else {
        const bool one_each = i < rows.size() && j < columns.size();
        row[j] = one_each && below[j + 1] &&
                 (rows[i] == columns[j] || rows[i] == '?' || columns[j] == '?');
      }
    }
    below.swap(row);
  }
  return below[0];
}

bool MatchesOne(const std::vector<TypeGlob>& globs, std::string_view type) {
  return std::any_of(globs.begin(), globs.end(),
                     [type](const TypeGlob& glob) { return glob.Matches(type); });
}

bool MatchesAny(const std::vector<TypeGlob>& globs, std::string_view type) {
  return globs.empty() || MatchesOne(globs, type);
}

}  // namespace peal::filter
