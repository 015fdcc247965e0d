// What a fuzzer's bytes are taken apart with: numbers and strings, from the front. Past the end it
// gives zeros and nothing, so that every input means something.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace peal::fuzz {

class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return rest_.empty(); }
  uint8_t Byte() { return static_cast<uint8_t>(Number(1)); }
  // Little-endian, of so many bytes.
  uint64_t Number(size_t bytes) {
    uint64_t number = 0;
    const std::string_view got = Bytes(bytes);
    for (size_t i = 0; i < got.size(); ++i) {
      number |= static_cast<uint64_t>(static_cast<uint8_t>(got[i])) << (8 * i);
    }
    return number;
  }
  std::string_view Bytes(size_t bytes) {
    const std::string_view got = rest_.substr(0, bytes);
    rest_.remove_prefix(got.size());
    return got;
  }
  // Two bytes of length, then what it counts.
  std::string_view Text() { return Bytes(static_cast<size_t>(Number(2))); }
  std::string_view Rest() { return Bytes(rest_.size()); }

 private:
  std::string_view rest_;
};

}  // namespace peal::fuzz
