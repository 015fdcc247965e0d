// Little-endian numbers in byte strings.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "core/base/sha256.h"

namespace peal::journal {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie");

template <typename Number>
void Put(std::string* out, Number number) {
  std::array<char, sizeof(Number)> bytes{};
  std::memcpy(bytes.data(), &number, bytes.size());
  out->append(bytes.data(), bytes.size());
}

inline void PutDigest(std::string* out, const base::Digest& digest) {
  out->append(reinterpret_cast<const char*>(digest.data()), digest.size());
}

// Takes one value after the other. Past the end it gives zeros, and is no longer ok().
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  std::string_view rest() const { return rest_; }

  template <typename Number>
  Number Get() {
    Number number{};
    Copy(&number, sizeof number);
    return number;
  }
  base::Digest GetDigest() {
    base::Digest digest{};
    Copy(digest.data(), digest.size());
    return digest;
  }
  std::string_view GetBytes(size_t bytes) {
    ok_ = ok_ && rest_.size() >= bytes;
    const std::string_view got = ok_ ? rest_.substr(0, bytes) : std::string_view();
    rest_.remove_prefix(got.size());
    return got;
  }

 private:
  void Copy(void* to, size_t bytes) {
    const std::string_view got = GetBytes(bytes);
    if (!got.empty()) {
      std::memcpy(to, got.data(), got.size());
    }
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace peal::journal
