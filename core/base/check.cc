#include "core/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace peal::base {

void CheckFailed(const char* file, int line, const char* condition) noexcept {
  // Plain stdio: the logger may be what is broken.
  std::fprintf(stderr, "%s:%d: PEAL_CHECK(%s) failed: this is a bug in Peal\n", file, line,
               condition);
  std::abort();
}

}  // namespace peal::base
