// SHA-256 (FIPS 180-4), by OpenSSL.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace peal::base {

using Digest = std::array<uint8_t, 32>;

// The digest of the parts, one after the other. The caller makes the parts unambiguous.
Digest Sha256(std::initializer_list<std::string_view> parts);

}  // namespace peal::base
