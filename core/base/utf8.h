// What counts as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace peal::base {

// Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool IsUtf8(std::string_view bytes);

// The first control character (U+0000-U+001F, U+007F-U+009F) of valid UTF-8. CloudEvents 1.0 ("Type
// System", String) allows none of them.
std::optional<uint32_t> FindControlCharacter(std::string_view text);

}  // namespace peal::base
