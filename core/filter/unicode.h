// Text by its characters, which are Unicode code points. Text that is not UTF-8 does no harm: a
// byte that begins no character counts as one.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "core/filter/scratch.h"

namespace peal::filter {

// Bytes of the character that `text` begins with; 0 for no text.
size_t CharacterBytes(std::string_view text);

size_t CountCharacters(std::string_view text);

// Where the character `index` begins, counted from 0; the end of `text` when there are fewer.
size_t CharacterOffset(std::string_view text, size_t index);

// Without the characters at both ends that have Unicode's property White_Space.
std::string_view TrimWhiteSpace(std::string_view text);

// By Unicode's simple case mappings, so without the characters that become several. nullopt: no
// room in `scratch`.
std::optional<std::string_view> ToLower(std::string_view text, Scratch* scratch);
std::optional<std::string_view> ToUpper(std::string_view text, Scratch* scratch);

}  // namespace peal::filter
