// What cannot happen unless our own code is wrong. On in every build.
#pragma once

namespace peal::base {

// Prints the place and the failed condition to stderr and aborts.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition) noexcept;

}  // namespace peal::base

// One fact per check, no side effects, and never on bytes that came from outside.
#define PEAL_CHECK(condition)                                    \
  do {                                                           \
    if (!(condition)) [[unlikely]] {                             \
      ::peal::base::CheckFailed(__FILE__, __LINE__, #condition); \
    }                                                            \
  } while (false)
