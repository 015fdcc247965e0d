// How many descriptors this process may have.
#pragma once

#include <cstddef>

namespace peal::io {

// Raises the limit to `wanted`, if it is lower, as far as the system lets it. The limit as it then
// is.
size_t AllowDescriptors(size_t wanted);

}  // namespace peal::io
