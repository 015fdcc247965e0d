// Base64 (RFC 4648, section 4: the standard alphabet, padded).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace peal::base {

std::string Base64Encode(std::string_view bytes);

// nullopt when `text` is not base64: another alphabet, no or wrong padding, left-over bits that are
// not 0.
std::optional<std::string> Base64Decode(std::string_view text);

}  // namespace peal::base
