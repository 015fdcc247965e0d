// Which Peal this is.
#pragma once

namespace peal {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace peal
