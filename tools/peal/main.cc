// The `peal` command: wiring only.
#include <csignal>

#include "tools/peal/command_line.h"

int main(int argc, char** argv) {
  // A closed pipe is seen where it is written to.
  std::signal(SIGPIPE, SIG_IGN);
  peal::tool::CommandLine command_line;
  peal::tool::ParseCommandLine(std::vector<std::string>(argv + 1, argv + argc), &command_line);
  return command_line.run ? command_line.run() : command_line.exit_code;
}
