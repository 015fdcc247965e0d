// Checks of option values for the parser; each gives the whole error.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <string>

namespace peal::tool {

CLI::Validator IsDuration();
CLI::Validator IsSize();
// A whole number from 1.
CLI::Validator IsCount();

// Of text that IsDuration() has let pass.
std::chrono::microseconds DurationOf(const std::string& text);

}  // namespace peal::tool
