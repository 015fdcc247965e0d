// Checks of option values for the parser; each gives the whole error.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace peal::tool {

CLI::Validator IsDuration();
CLI::Validator IsSize();
// A whole number from 1.
CLI::Validator IsCount();
CLI::Validator IsCountUpTo(uint64_t max);
// 0 as well: none.
CLI::Validator IsNoneOrCountUpTo(uint64_t max);
// From 1 byte to `max`.
CLI::Validator IsSizeFrom1To(uint64_t max);

// Nothing for what is not a whole number from 1.
std::optional<uint64_t> CountOf(std::string_view text);
// Of text that IsDuration() has let pass.
std::chrono::microseconds DurationOf(const std::string& text);

}  // namespace peal::tool
