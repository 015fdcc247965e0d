// What every command gets from the command line.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace peal::tool {

struct Context {
  std::string socket_path = "/run/peal/peal.sock";
  bool json = false;
  bool color = false;
  std::chrono::milliseconds timeout{10'000};
  // What stands after `--`.
  std::vector<std::string> event_command;
};

}  // namespace peal::tool
