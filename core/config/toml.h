// toml++ as we use it: without exceptions, and around one defect of it.
#pragma once

// toml++ 3.3 asserts, or without assertions lets clang assume, that a table's name begins as a name
// may. In "[&" it does not (issue 294 of toml++). The error that its code gives right after that is
// all we want.
#undef NDEBUG
#define TOML_ASSERT(expr) static_assert(true)
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>
