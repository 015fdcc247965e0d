#include "core/filter/like.h"

#include "core/filter/unicode.h"

namespace peal::filter {

std::vector<LikePattern::Part> LikePattern::Split(std::string_view pattern) {
  std::vector<Part> parts(1);
  for (size_t i = 0; i < pattern.size(); ++i) {
    Part& part = parts.back();
    const bool escaped = pattern[i] == '\\' && i + 1 < pattern.size() &&
                         (pattern[i + 1] == '%' || pattern[i + 1] == '_');
    if (escaped) {
      part.text.push_back(pattern[++i]);
    } else if (pattern[i] == '%') {
      parts.emplace_back();
    } else if (pattern[i] == '_') {
      part.text.push_back(kAnyCharacter);
      part.has_any = true;
    } else {
      part.text.push_back(pattern[i]);
    }
  }
  for (Part& part : parts) {
    part.characters = CountCharacters(part.text);
  }
  return parts;
}

size_t LikePattern::MatchStart(const Part& part, std::string_view text) {
  if (!part.has_any) {
    return text.starts_with(part.text) ? part.text.size() : kNoMatch;
  }
  size_t at = 0;
  for (const char c : part.text) {
    if (at >= text.size() || (c != kAnyCharacter && c != text[at])) {
      return kNoMatch;
    }
    at += c == kAnyCharacter ? CharacterBytes(text.substr(at)) : 1;
  }
  return at;
}

bool LikePattern::MatchEnd(const Part& part, std::string_view text) {
  if (!part.has_any) {
    return text.ends_with(part.text);
  }
  const size_t characters = CountCharacters(text);
  if (characters < part.characters) {
    return false;
  }
  const std::string_view end = text.substr(CharacterOffset(text, characters - part.characters));
  return MatchStart(part, end) == end.size();
}

std::optional<std::string_view> LikePattern::Behind(const Part& part, std::string_view text) {
  if (!part.has_any) {
    const size_t at = text.find(part.text);
    return at == std::string_view::npos ? std::nullopt
                                        : std::optional(text.substr(at + part.text.size()));
  }
  for (; !text.empty(); text.remove_prefix(CharacterBytes(text))) {
    const size_t bytes = MatchStart(part, text);
    if (bytes != kNoMatch) {
      return text.substr(bytes);
    }
  }
  return std::nullopt;
}

bool LikePattern::Matches(std::string_view text) const {
  const size_t start = MatchStart(parts_.front(), text);
  if (start == kNoMatch) {
    return false;
  }
  if (parts_.size() == 1) {
    return start == text.size();
  }
  std::string_view rest = text.substr(start);
  for (size_t i = 1; i + 1 < parts_.size(); ++i) {
    const std::optional<std::string_view> behind = Behind(parts_[i], rest);
    if (!behind) {
      return false;
    }
    rest = *behind;
  }
  return MatchEnd(parts_.back(), rest);
}

}  // namespace peal::filter
