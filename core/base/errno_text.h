// What an errno means, for messages.
#pragma once

#include <string>
#include <system_error>

namespace peal::base {

// Thread-safe, as strerror is not. "No such file or directory".
inline std::string ErrnoText(int error) {
  return std::generic_category().message(error);
}

}  // namespace peal::base
