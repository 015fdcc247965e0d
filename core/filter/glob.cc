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
// too.
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
    } else if (c == '?' || (glob_index < text_.size() && c == type[type_index])) {
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

bool MatchesAny(const std::vector<TypeGlob>& globs, std::string_view type) {
  return globs.empty() || std::any_of(globs.begin(), globs.end(),
                                      [type](const TypeGlob& glob) { return glob.Matches(type); });
}

}  // namespace peal::filter
