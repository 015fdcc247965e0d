// The patterns of LIKE (CESQL 1.0, 3.4.3): `%` is any run of characters, `_` is one character, and
// a backslash before either makes it stand for itself.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace peal::filter {

// A value. Matching takes no memory, and a time of at most pattern length times text length.
class LikePattern {
 public:
  // `pattern` is UTF-8.
  explicit LikePattern(std::string_view pattern) : parts_(Split(pattern)) {}

  // The whole of `text` matches.
  bool Matches(std::string_view text) const;

  // What every text that matches begins with.
  std::string_view prefix() const {
    const std::string_view first = parts_.front().text;
    return first.substr(0, first.find(kAnyCharacter));
  }

 private:
  // What is between two `%`.
  struct Part {
    std::string text;  // With kAnyCharacter for each `_`.
    size_t characters = 0;
    bool has_any = false;
  };
  // No byte of UTF-8.
  static constexpr char kAnyCharacter = '\xff';
  static constexpr size_t kNoMatch = std::string_view::npos;

  static std::vector<Part> Split(std::string_view pattern);
  // Bytes of `text` that the part takes at its beginning; kNoMatch.
  static size_t MatchStart(const Part& part, std::string_view text);
  static bool MatchEnd(const Part& part, std::string_view text);
  // What is left of `text` behind the first place where the part matches; nullopt: nowhere.
  static std::optional<std::string_view> Behind(const Part& part, std::string_view text);

  // At least one; the first is bound to the start of the text, the last to its end.
  std::vector<Part> parts_;
};

}  // namespace peal::filter
