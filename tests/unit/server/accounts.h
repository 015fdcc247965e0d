// The accounts of the tests of access and of limits.
#pragma once

#include <sys/types.h>

namespace peal::server {

inline constexpr uid_t kOwner = 90;
inline constexpr uid_t kAlice = 1000;
inline constexpr uid_t kBob = 1001;

}  // namespace peal::server
