// "Did you mean": the known word nearest to one that is not known.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace peal::tool {

// How many characters must be inserted, removed, replaced or swapped with their neighbour.
size_t EditDistance(std::string_view a, std::string_view b);

// Empty when nothing is near: at most a third of the word may differ, and at least one character
// may.
std::string Nearest(std::string_view word, std::span<const std::string> known);

}  // namespace peal::tool
