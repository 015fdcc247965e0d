// Data for events that are measured: what no compression makes smaller, and no two pieces alike
// within what one looks back at.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "core/base/prng.h"

namespace peal::bench {

// Not thread-safe.
class RandomBytes {
 public:
  explicit RandomBytes(size_t piece_bytes)
      : piece_bytes_(piece_bytes), pool_(piece_bytes + kPoolBytes, '\0') {
    base::Prng random(1);
    for (size_t i = 0; i + sizeof(uint64_t) <= pool_.size(); i += sizeof(uint64_t)) {
      const uint64_t word = random.Next();
      std::memcpy(&pool_[i], &word, sizeof word);
    }
  }

  // Lives as long as this.
  std::string_view Next() {
    const std::string_view piece = std::string_view(pool_).substr(at_, piece_bytes_);
    at_ = (at_ + piece_bytes_) % kPoolBytes;
    return piece;
  }

 private:
  static constexpr size_t kPoolBytes = size_t{1} << 20;

  const size_t piece_bytes_;
  std::string pool_;
  size_t at_ = 0;
};

}  // namespace peal::bench
