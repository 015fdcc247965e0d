#include "core/base/utf8.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace peal::base {
namespace {

// The sequence that starts with `lead`: how long it is, and the range of its second byte (RFC 3629,
// section 4). Length 0: no sequence starts so.
struct Form {
  size_t length;
  uint8_t second_min;
  uint8_t second_max;
};

Form FormOf(uint8_t lead) {
  if (lead < 0x80) {
    return {1, 0, 0};
  }
  if (lead >= 0xc2 && lead <= 0xdf) {
    return {2, 0x80, 0xbf};
  }
  if (lead >= 0xe0 && lead <= 0xef) {
    return {3, static_cast<uint8_t>(lead == 0xe0 ? 0xa0 : 0x80),
            static_cast<uint8_t>(lead == 0xed ? 0x9f : 0xbf)};
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    return {4, static_cast<uint8_t>(lead == 0xf0 ? 0x90 : 0x80),
            static_cast<uint8_t>(lead == 0xf4 ? 0x8f : 0xbf)};
  }
  return {0, 0, 0};
}

bool StartsWithForm(std::string_view bytes, Form form) {
  if (form.length == 0 || form.length > bytes.size()) {
    return false;
  }
  for (size_t i = 1; i < form.length; ++i) {
    const auto byte = static_cast<uint8_t>(bytes[i]);
    const uint8_t low = i == 1 ? form.second_min : 0x80;
    const uint8_t high = i == 1 ? form.second_max : 0xbf;
    if (byte < low || byte > high) {
      return false;
    }
  }
  return true;
}

// Most texts are nothing else.
bool StartsWithEightOfAscii(std::string_view bytes) {
  uint64_t eight = 0;
  if (bytes.size() < sizeof eight) {
    return false;
  }
  std::memcpy(&eight, bytes.data(), sizeof eight);
  return (eight & 0x8080808080808080) == 0;
}

}  // namespace

bool IsUtf8(std::string_view bytes) {
  while (!bytes.empty()) {
    if (StartsWithEightOfAscii(bytes)) {
      bytes.remove_prefix(8);
      continue;
    }
    const Form form = FormOf(static_cast<uint8_t>(bytes[0]));
    if (!StartsWithForm(bytes, form)) {
      return false;
    }
    bytes.remove_prefix(form.length);
  }
  return true;
}

std::optional<uint32_t> FindControlCharacter(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte < 0x20 || byte == 0x7f) {
      return byte;
    }
    // U+0080-U+009F are C2 80 - C2 9F.
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<uint8_t>(text[i + 1]) < 0xa0) {
      return static_cast<uint8_t>(text[i + 1]);
    }
  }
  return std::nullopt;
}

}  // namespace peal::base
