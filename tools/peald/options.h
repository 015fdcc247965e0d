// peald's command line.
#pragma once

#include <optional>
#include <string>

#include "core/config.h"

namespace peal::daemon {

struct Options {
  Config config;
  bool standalone = false;
  bool check_config = false;
};

// The options, or the exit code when there is nothing to run: help, version, or an error that has
// been printed (64 usage, 66 no such file, 78 configuration).
struct ParsedOptions {
  std::optional<Options> options;
  int exit_code = 0;
};

ParsedOptions ParseOptions(int argc, const char* const* argv);

}  // namespace peal::daemon
