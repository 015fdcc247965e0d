// Memory for the text that one evaluation makes.
#pragma once

#include <cstddef>
#include <memory>

namespace peal::filter {

// Taken once, when it is first needed, and then used again and again. One thread at a time.
class Scratch {
 public:
  // All text of one evaluation together.
  static constexpr size_t kBytesMax = size_t{64} << 10;

  // Lives until Clear(); nullptr when there is no room for it.
  char* Take(size_t bytes) {
    if (bytes > kBytesMax - used_) {
      return nullptr;
    }
    if (memory_ == nullptr) {
      memory_ = std::make_unique<char[]>(kBytesMax);
    }
    char* const taken = memory_.get() + used_;
    used_ += bytes;
    return taken;
  }

  void Clear() { used_ = 0; }

 private:
  std::unique_ptr<char[]> memory_;
  size_t used_ = 0;
};

}  // namespace peal::filter
