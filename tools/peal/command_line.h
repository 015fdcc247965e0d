// From the arguments to what to run.
#pragma once

#include <string>
#include <vector>

#include "tools/peal/commands.h"
#include "tools/peal/context.h"

namespace peal::tool {

struct CommandLine {
  Context context;
  Run run;  // Empty: there is nothing to run, end with `exit_code`.
  int exit_code = 0;
};

// Reads the arguments (without the program's name) into `out`, which must stay where it is while
// `run` runs. Prints help to stdout and what is wrong to stderr.
void ParseCommandLine(const std::vector<std::string>& arguments, CommandLine* out);

}  // namespace peal::tool
