// Connecting, for commands.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "peal/client.h"
#include "tools/peal/context.h"

namespace peal::tool {

// `command` is the name that `peal ls subscriptions` and the daemon's log show, after "peal ".
inline absl::StatusOr<std::unique_ptr<Client>> Connect(const Context& context,
                                                       const std::string& command) {
  return Client::Connect(
      {.socket_path = context.socket_path, .name = "peal " + command, .timeout = context.timeout});
}

}  // namespace peal::tool
