#include "core/base/crc32c.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace peal::base {
namespace {

static_assert(std::endian::native == std::endian::little, "words are read as they lie");

constexpr size_t kSlices = 8;
using Table = std::array<std::array<uint32_t, 256>, kSlices>;

// Slicing by eight: eight table look-ups take in eight bytes at once (Kounavis and Berry, 2005).
constexpr Table MakeTable() {
  constexpr uint32_t kReflectedPolynomial = 0x82f63b78;
  Table table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? kReflectedPolynomial : 0);
    }
    table[0][byte] = crc;
  }
  for (size_t slice = 1; slice < kSlices; ++slice) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t crc = table[slice - 1][byte];
      table[slice][byte] = (crc >> 8) ^ table[0][crc & 0xff];
    }
  }
  return table;
}

constexpr Table kTable = MakeTable();

uint64_t LoadWord(const char* at) {
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t InstructionCrc32c(std::string_view bytes,
                                                             uint32_t before) {
  uint64_t crc = ~before;
  for (; bytes.size() >= sizeof(uint64_t); bytes.remove_prefix(sizeof(uint64_t))) {
    crc = _mm_crc32_u64(crc, LoadWord(bytes.data()));
  }
  uint32_t rest = static_cast<uint32_t>(crc);
  for (const char byte : bytes) {
    rest = _mm_crc32_u8(rest, static_cast<uint8_t>(byte));
  }
  return ~rest;
}
#endif

}  // namespace

uint32_t PortableCrc32c(std::string_view bytes, uint32_t before) {
  uint32_t crc = ~before;
  for (; bytes.size() >= kSlices; bytes.remove_prefix(kSlices)) {
    const uint64_t word = LoadWord(bytes.data()) ^ crc;
    crc = 0;
    for (size_t i = 0; i < kSlices; ++i) {
      crc ^= kTable[kSlices - 1 - i][(word >> (8 * i)) & 0xff];
    }
  }
  for (const char byte : bytes) {
    crc = (crc >> 8) ^ kTable[0][(crc ^ static_cast<uint8_t>(byte)) & 0xff];
  }
  return ~crc;
}

uint32_t Crc32c(std::string_view bytes, uint32_t before) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) {
    return InstructionCrc32c(bytes, before);
  }
#endif
  return PortableCrc32c(bytes, before);
}

}  // namespace peal::base
