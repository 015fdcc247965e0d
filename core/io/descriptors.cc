#include "core/io/descriptors.h"

#include <sys/resource.h>

#include <algorithm>

namespace peal::io {

size_t AllowDescriptors(size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return 0;
  }
  if (limit.rlim_cur < wanted) {
    // Beyond the hard limit only a privileged process gets (setrlimit(2)), which is the
    // administrator's to decide.
    rlimit more = limit;
    more.rlim_cur = std::min(rlim_t{wanted}, limit.rlim_max);
    limit = setrlimit(RLIMIT_NOFILE, &more) == 0 ? more : limit;
  }
  return static_cast<size_t>(limit.rlim_cur);
}

}  // namespace peal::io
