// CRC-32C (Castagnoli; RFC 3720, appendix B.4), by the processor's own instruction where it has
// one. It finds what a disk or a torn write did to bytes; it is no defence against a forger.
#pragma once

#include <cstdint>
#include <string_view>

namespace peal::base {

// The sum of `bytes` after bytes whose sum is `before`: Crc32c(b, Crc32c(a)) is that of a and b.
uint32_t Crc32c(std::string_view bytes, uint32_t before = 0);

// The same without that instruction.
uint32_t PortableCrc32c(std::string_view bytes, uint32_t before = 0);

}  // namespace peal::base
