// Options that grow at their end, as a program gives them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "client/c/error.h"
#include "fmt/format.h"

namespace peal::c {

// A program may have been compiled with an older header, which knew fewer: the others are 0. Or
// with a newer one: then those that this library does not know have to be 0. `given` may be null:
// all are 0.
template <typename Options>
Result<Options> ReadOptions(const Options* given) {
  Options options{};
  if (given == nullptr) {
    return options;
  }
  if (given->size < sizeof(given->size)) {
    return Invalid("options whose `size` is not set");
  }
  const auto* const bytes = reinterpret_cast<const char*>(given);
  const size_t known = std::min(given->size, sizeof(Options));
  if (std::any_of(bytes + known, bytes + given->size, [](char byte) { return byte != 0; })) {
    return Invalid(fmt::format(
        "options of {} bytes, this library knows {} and the others are not 0", given->size, known));
  }
  std::memcpy(static_cast<void*>(&options), bytes, known);
  return options;
}

inline const char* OrEmpty(const char* text) {
  return text == nullptr ? "" : text;
}

}  // namespace peal::c
