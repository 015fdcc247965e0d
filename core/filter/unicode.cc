#include "core/filter/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace peal::filter {
namespace {

constexpr utf8proc_int32_t kNoCharacter = -1;
constexpr size_t kCharacterBytesMax = 4;

struct Character {
  utf8proc_int32_t code = kNoCharacter;  // kNoCharacter: a byte that begins none.
  size_t bytes = 0;
};

Character FirstCharacter(std::string_view text) {
  if (text.empty()) {
    return {};
  }
  if (static_cast<unsigned char>(text[0]) < 0x80) {
    return {text[0], 1};
  }
  Character first;
  const utf8proc_ssize_t bytes =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                       static_cast<utf8proc_ssize_t>(text.size()), &first.code);
  if (bytes <= 0) {
    return {kNoCharacter, 1};
  }
  first.bytes = static_cast<size_t>(bytes);
  return first;
}

bool IsWhiteSpace(utf8proc_int32_t code) {
  // Unicode 15, PropList.txt.
  return (code >= 0x09 && code <= 0x0d) || code == 0x20 || code == 0x85 || code == 0xa0 ||
         code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029 ||
         code == 0x202f || code == 0x205f || code == 0x3000;
}

// Where the last character of text that is not empty begins.
size_t LastCharacterOffset(std::string_view text) {
  const size_t first = text.size() - std::min(text.size(), kCharacterBytesMax);
  for (size_t at = first; at < text.size(); ++at) {
    const Character last = FirstCharacter(text.substr(at));
    if (last.code != kNoCharacter && at + last.bytes == text.size()) {
      return at;
    }
  }
  return text.size() - 1;
}

using CaseMapping = utf8proc_int32_t (*)(utf8proc_int32_t);

std::optional<std::string_view> MapCase(std::string_view text, CaseMapping map, Scratch* scratch) {
  // No simple mapping makes a character of more than three bytes of a shorter one, or four of four.
  constexpr size_t kGrowthMax = 3;
  const bool ascii = std::all_of(text.begin(), text.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  char* const mapped = scratch->Take(ascii ? text.size() : text.size() * kGrowthMax);
  if (mapped == nullptr) {
    return std::nullopt;
  }
  char* end = mapped;
  while (!text.empty()) {
    const Character first = FirstCharacter(text);
    if (first.code == kNoCharacter) {
      *end++ = text[0];
    } else {
      end += utf8proc_encode_char(map(first.code), reinterpret_cast<utf8proc_uint8_t*>(end));
    }
    text.remove_prefix(first.bytes);
  }
  return std::string_view(mapped, static_cast<size_t>(end - mapped));
}

}  // namespace

size_t CharacterBytes(std::string_view text) {
  return FirstCharacter(text).bytes;
}

size_t CountCharacters(std::string_view text) {
  size_t count = 0;
  for (; !text.empty(); ++count) {
    text.remove_prefix(CharacterBytes(text));
  }
  return count;
}

size_t CharacterOffset(std::string_view text, size_t index) {
  size_t offset = 0;
  for (; index > 0 && offset < text.size(); --index) {
    offset += CharacterBytes(text.substr(offset));
  }
  return offset;
}

std::string_view TrimWhiteSpace(std::string_view text) {
  while (!text.empty()) {
    const Character first = FirstCharacter(text);
    if (!IsWhiteSpace(first.code)) {
      break;
    }
    text.remove_prefix(first.bytes);
  }
  while (!text.empty()) {
    const size_t last = LastCharacterOffset(text);
    if (!IsWhiteSpace(FirstCharacter(text.substr(last)).code)) {
      break;
    }
    text.remove_suffix(text.size() - last);
  }
  return text;
}

std::optional<std::string_view> ToLower(std::string_view text, Scratch* scratch) {
  return MapCase(text, utf8proc_tolower, scratch);
}

std::optional<std::string_view> ToUpper(std::string_view text, Scratch* scratch) {
  return MapCase(text, utf8proc_toupper, scratch);
}

}  // namespace peal::filter
